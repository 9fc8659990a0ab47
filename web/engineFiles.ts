import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Engine } from './oneFile.ts';

/**
 * The files of a published Staircase.Browser that its boot configuration names; the folder may hold older ones, too. Scripts are run from blobs, against
 * whose addresses no other can be resolved, so that theirs is replaced by one that is never asked for.
 */
export function engineFiles(framework: string): Engine {
  const boot: unknown = JSON.parse(/\/\*json-start\*\/([\s\S]*?)\/\*json-end\*\//.exec(readFileSync(join(framework, 'dotnet.js'), 'utf8'))![1]!);
  const names = ['dotnet.js', ...namesIn((boot as { resources: unknown }).resources)].filter((name) => !name.startsWith('icudt') && existsSync(join(framework, name)));
  return Object.fromEntries([...new Set(names)].map((name) => [name, packed(join(framework, name))]));
}

function packed(path: string): string {
  const content = readFileSync(path);
  const bytes = path.endsWith('.js') ? Buffer.from(content.toString('utf8').replaceAll('import.meta.url', '"https://offline.invalid/_framework/dotnet.js"')) : content;
  return gzipSync(bytes, { level: 9 }).toString('base64');
}

function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (typeof node !== 'object' || node === null) return [];
  const own = 'name' in node && typeof node.name === 'string' ? [node.name] : [];
  return [...own, ...Object.values(node).flatMap(namesIn)];
}
