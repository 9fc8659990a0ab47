import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Files by name, each as base64 of gzip. */
export type Engine = Record<string, string>;

/**
 * Folds a page into one HTML file that opens from disk and asks nobody for anything.
 *
 * The program is stored compressed: Plotly and KaTeX are 1.8 MB as text and 0.8 MB as base64 of gzip, and a report is to stay below 2 MB with
 * its data. The policy names the two scripts by their hashes, so that nothing else in the file can ever run, whatever a report's text holds.
 *
 * @param engine What the page computes with, in a worker: files of WebAssembly and the scripts that start them, each compressed.
 */
export function oneFile(page: string, engine?: Engine): Plugin {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      const html = bundle[page];
      if (html?.type !== 'asset') throw new Error(`${page} is not among the outputs`);
      let program = '';
      let style = '';
      for (const [name, output] of Object.entries(bundle)) {
        if (name === page) continue;
        if (output.type === 'chunk') program += output.code;
        else if (name.endsWith('.css')) style += String(output.source);
        else throw new Error(`${name} would be a second file`);
        delete bundle[name];
      }

      const policy = [
        "default-src 'none'",
        `script-src '${hash(program)}' '${hash(unpacker)}'${engine ? " 'wasm-unsafe-eval' blob:" : ''}`, // the worker and its scripts are blobs
        ...(engine ? ['worker-src blob:'] : []),
        "style-src 'unsafe-inline'", // Plotly sets style attributes
        'img-src data: blob:', // a picture on its way to PNG
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ');
      html.source = String(html.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, '')
        .replace(/\s*<link rel="stylesheet"[^>]*>/, '')
        .replace('<!--policy-->', `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
        .replace('<!--engine-->', () => `<script id="engine" type="application/json">${JSON.stringify(engine ? { files: engine } : {})}</script>`)
        .replace('<!--style-->', () => `<style>${style.trim()}</style>`)
        .replace(
          '<!--program-->',
          () => `<script id="program" type="application/gzip">${gzipSync(program, { level: 9 }).toString('base64')}</script>\n<script>${unpacker}</script>`,
        );
    },
  };
}

/**
 * Unpacks the program and runs it. Who opens the page with a fragment `#export=…` reads it when it has loaded, which is before the program has run:
 * a frame whose document stays open holds the loading back until the program takes it away.
 */
const unpacker = `
(async () => {
  if (location.hash.startsWith('#export=')) {
    const hold = document.body.appendChild(document.createElement('iframe'));
    hold.id = 'hold';
    hold.contentDocument.open();
  }
  const bytes = Uint8Array.from(atob(document.getElementById('program').textContent), (c) => c.charCodeAt(0));
  const script = document.createElement('script');
  script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  document.body.append(script);
})();
`;

function hash(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
