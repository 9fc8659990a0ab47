import { defineConfig } from 'vite';
import { oneFile } from './oneFile.ts';

export default defineConfig({
  plugins: [oneFile('report.html')],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'], // what reports need: light-dark(), DecompressionStream, MathML, Map.groupBy
    emptyOutDir: false, // the explorer's page is there, too
    modulePreload: false,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: 'report.html', output: { format: 'iife' } },
  },
});
