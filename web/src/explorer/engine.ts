import type { Report } from '../document';
import { withArrays } from '../numbers';
import EngineWorker from './worker.ts?worker&inline';
import type { Reply } from './worker';

/** An experiment: keys of the command line and their values as text. */
export type Experiment = Record<string, string>;

/** What the engine answers, method by method; `src/Staircase.Browser/Engine.cs` is the other side of it, and a test compares the two. */
export interface Engine {
  Sketch(experiment: Experiment): Theory;
  Predict(experiment: Experiment): Theory;
  Findings(experiment: Experiment): Findings;
  Commands(experiment: Experiment): Commands;
  Begin(experiment: Experiment): Opening;
  Advance(run: number): Rows;
  Look(run: number, step: number): Look;
  Heads(run: number): Heads;
  Section(run: number): Report;
  End(run: number): void;
  Neighbours(): { neighbours: Neighbour[] };
  Neighbour(asked: Experiment): Report;
  Compare(experiment: Experiment, name: string, text: string): Report;
}

export interface Theory {
  description: string;
  eigenvalues: Float64Array;
  heads: number;
  isSeparate: boolean;
  /** Why there is none; then what follows is missing. */
  noTheory: string | null;
  followsFlow: boolean;
  timePerStep: number | null;
  /** Whether the flow takes a browser so long that it waits to be asked for. */
  flowIsDear: boolean;
  end: number;
  zeroLoss: number;
  /** What learning a component takes off the loss. */
  gains: Float64Array;
  fullStrengths: Float64Array;
  plateaus: { loss: number; start: number; end: number | null; learned: number[] }[];
  drops: { time: number; components: number[]; head: number | null; low: number; high: number | null; doubt: string | null }[];
  time: Float64Array;
  loss: Float64Array;
  strengths: { component: number; strength: Float64Array }[];
  results: Source[];
}

/** What theory rests on. */
export interface Source {
  name: string;
  statement: string;
  where: string;
  citation: string;
  holdsWhen: string;
  notModelled: string;
}

export interface Findings {
  data: Record<string, unknown>;
  tables: { title: string; columns: string[]; rows: string[][] }[];
  sentences: string[];
}

export interface Commands {
  predict: string;
  train: string;
  cSharp: string;
}

export interface Opening {
  run: number;
  description: string;
  announcements: string[];
  experiment: Experiment;
  columns: { name: string; kind: string; meaning: string }[];
  hasTime: boolean;
}

/** A theory beside that of the staircase, and what can be moved in it. */
export interface Neighbour {
  name: string;
  title: string;
  result: Source;
  sliders: { key: string; label: string; least: number; most: number; usual: number; whole: boolean; logarithmic: boolean }[];
}

/** What came since the last time. */
export interface Rows {
  finished: boolean;
  progress: number;
  awaited: string | null;
  step: number;
  steps: Float64Array;
  times: Float64Array | null;
  rows: Float64Array[];
}

export interface Look {
  step: number;
  time: number | null;
  algorithm: string;
  errors: Float64Array;
  predictions: Float64Array;
  targets: Float64Array;
  /** [H, D]. */
  heads: Float64Array | null;
  blocks: { name: string; shape: number[]; values: Float64Array }[];
}

export interface Heads {
  steps: Float64Array;
  times: Float64Array;
  /** [checkpoints, H, D]. */
  strengths: Float64Array;
}

/** A call that something newer has taken the place of, or whose page was left. */
export class Stale extends Error {}

interface Call {
  method: keyof Engine;
  args: unknown[];
  /** Calls of one key replace each other while they wait. */
  key: string | null;
  resolve(answer: never): void;
  reject(error: unknown): void;
}

/** A worker that is busy longer than that is given up when nobody waits for it any more. */
const patience = 250;

/** The library in a worker. One call is at work; the others wait here, where they can still be dropped. */
export class EngineClient {
  private worker: Worker | null = null;
  private ready: Promise<void> | null = null;
  private active: Call | null = null;
  private since = 0;
  private queue: Call[] = [];
  /** How long the last call took, in milliseconds. */
  lastDuration = 0;

  /** Resolves when calls are answered. */
  start(): Promise<void> {
    this.ready ??= this.boot();
    return this.ready;
  }

  call<K extends keyof Engine>(method: K, ...args: Parameters<Engine[K]>): Promise<ReturnType<Engine[K]>> {
    return this.enqueue(method, args, null);
  }

  /** The same, where only the newest call counts: one that still waits is dropped. */
  newest<K extends keyof Engine>(key: string, method: K, ...args: Parameters<Engine[K]>): Promise<ReturnType<Engine[K]>> {
    this.drop((call) => call.key === key);
    return this.enqueue(method, args, key);
  }

  /** Drops whatever waits, but for what gives memory back; and what is at work if it does not end by itself in a moment. */
  leave(): void {
    this.drop(({ method }) => method !== 'End');
    if (!this.active) return;
    const left = this.active;
    const wait = Math.max(0, patience - (performance.now() - this.since));
    setTimeout(() => {
      if (this.active === left) this.restart();
    }, wait);
  }

  private enqueue<K extends keyof Engine>(method: K, args: unknown[], key: string | null): Promise<ReturnType<Engine[K]>> {
    return new Promise((resolve, reject) => {
      this.queue.push({ method, args, key, resolve: resolve as (answer: never) => void, reject });
      void this.start().then(() => this.next());
    });
  }

  private drop(which: (call: Call) => boolean): void {
    for (const call of this.queue.filter(which)) call.reject(new Stale());
    this.queue = this.queue.filter((call) => !which(call));
  }

  private next(): void {
    if (this.active || !this.worker) return;
    const call = this.queue.shift();
    if (!call) return;
    this.active = call;
    this.since = performance.now();
    this.worker.postMessage({ method: call.method, args: call.args.map((arg) => (typeof arg === 'object' ? JSON.stringify(arg) : arg)) });
  }

  private finish(reply: Reply): void {
    const call = this.active;
    this.active = null;
    if (!call) return;
    this.lastDuration = performance.now() - this.since;
    if (reply.failure) call.reject(new Error(reply.failure));
    else {
      const answer = reply.text ? withArrays<{ error?: string }>(reply.text, reply.numbers) : {};
      if (answer.error) call.reject(new Error(answer.error));
      else call.resolve(answer as never);
    }
    this.next();
  }

  private restart(): void {
    this.worker?.terminate();
    this.worker = null;
    this.active?.reject(new Stale());
    this.active = null;
    this.ready = this.boot();
    void this.ready.then(() => this.next());
  }

  private boot(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new EngineWorker();
      worker.onmessage = ({ data }: MessageEvent<'ready' | Reply>) => {
        if (data === 'ready') {
          this.worker = worker;
          resolve();
        } else if (this.worker === worker) this.finish(data);
        else reject(new Error(data.failure ?? 'the engine did not start'));
      };
      worker.onerror = (event) => reject(new Error(event.message));
      const stored = JSON.parse(document.getElementById('engine')?.textContent ?? '{}') as { files?: Record<string, string>; names?: string[] };
      worker.postMessage({ files: stored.files ?? null, names: stored.names ?? [], base: new URL('engine/', location.href).href });
    });
  }
}

/** What answers at once. */
export const engine = new EngineClient();

/** What takes its time: in a worker of its own, so that nothing quick waits for it, and leaving it costs nobody anything. */
export const thorough = new EngineClient();
