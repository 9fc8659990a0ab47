import { defineConfig } from 'vite';
import { engineFiles } from './engineFiles.ts';
import { oneFile } from './oneFile.ts';

const framework = process.env['STAIRCASE_ENGINE'];
if (!framework) throw new Error('STAIRCASE_ENGINE must name the _framework folder of a published Staircase.Browser: dotnet publish src/Staircase.Browser builds the page.');

export default defineConfig({
  plugins: [oneFile('explorer.html', engineFiles(framework))],
  worker: { format: 'iife' },
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'], // as of the reports
    emptyOutDir: false, // the report's page is there, too
    modulePreload: false,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: 'explorer.html', output: { format: 'iife' } },
  },
});
