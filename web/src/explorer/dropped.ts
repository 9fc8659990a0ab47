import { unzipSync } from 'fflate';
import type { Experiment } from './engine';

/** A table that was dropped, and the setting that lay beside it. */
export interface Dropped {
  name: string;
  text: string;
  /** Of a run's folder; null where a table came alone. */
  setting: Experiment | null;
}

const record = 'run.json';
const table = 'metrics.csv';
const needed = [record, table];

/** What was dropped or picked: a table, or a run as its folder, its two files, or a ZIP archive of it. */
export async function dropped(data: DataTransfer | FileList): Promise<Dropped> {
  const files = await filesIn(data);
  const run = files.find(({ name }) => nameOf(name) === record);
  if (!run) {
    if (files.length === 1) return { name: files[0]!.name, text: await files[0]!.text(), setting: null };
    throw new Error(files.length === 0 ? 'Nothing was dropped that could be read.' : `Drop one table, or the folder of a run with its ${record} and ${table}.`);
  }
  const folder = run.name.slice(0, -record.length);
  const metrics = files.find(({ name }) => name === folder + table);
  if (!metrics) throw new Error(`There is no ${table} beside ${run.name}: drop the folder of the run, or both files together.`);
  const { kind, experiment } = JSON.parse(await run.text()) as { kind?: string; experiment?: Experiment };
  return { name: folder + table, text: await metrics.text(), setting: kind === 'regression' && experiment ? { kind, ...experiment } : null };
}

/** A file by its path, which it may lie deep in a folder or an archive under. */
interface Named {
  name: string;
  text(): Promise<string>;
}

async function filesIn(data: DataTransfer | FileList): Promise<Named[]> {
  // Entries must be taken before anything is waited for.
  const entries = data instanceof DataTransfer ? [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null) : [];
  const loose = [...(data instanceof DataTransfer ? data.files : data)];
  if (!entries.some((entry) => entry.isDirectory)) return (await Promise.all(loose.map((file) => (isArchive(file.name) ? unzipped(file) : [named(file, file.name)])))).flat();
  return (await Promise.all(entries.map(filesUnder))).flat();
}

async function filesUnder(entry: FileSystemEntry): Promise<Named[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    return [named(file, entry.fullPath.slice(1))];
  }
  if (entry.name === 'checkpoints') return []; // large, and not looked at
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail)); // at most a hundred at a time
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesUnder))).flat();
}

function named(file: File, name: string): Named {
  return { name, text: () => file.text() };
}

function isArchive(name: string): boolean {
  return name.endsWith('.zip');
}

function nameOf(path: string): string {
  return path.split('/').at(-1)!;
}

async function unzipped(file: File): Promise<Named[]> {
  const found = unzipSync(new Uint8Array(await file.arrayBuffer()), { filter: ({ name }) => needed.includes(nameOf(name)) });
  return Object.entries(found).map(([name, content]) => ({ name, text: () => Promise.resolve(new TextDecoder().decode(content)) }));
}
