import { engine, type Engine, type Experiment, type Opening, type Rows } from './engine';

/** A training that a page watches; it goes on in the worker in moments, between which other questions are answered. */
export class Live {
  opening: Opening | null = null;
  rows: number[][] = [];
  steps: number[] = [];
  times: number[] = [];
  finished = false;
  private isOn = false;

  /** @param changed Told after every moment. */
  constructor(private readonly changed: (rows: Rows) => void) {}

  get positions(): number[] {
    return this.opening?.hasTime ? this.times : this.steps;
  }

  get run(): number {
    return this.opening!.run;
  }

  async begin(experiment: Experiment, key: string): Promise<void> {
    this.opening = await engine.newest(key, 'Begin', experiment);
    this.rows = this.opening.columns.map(() => []);
  }

  /** Goes on to the end, or until it is paused. */
  async go(): Promise<void> {
    this.isOn = true;
    while (this.isOn && !this.finished) {
      const came = await engine.call('Advance', this.run);
      came.rows.forEach((values, i) => push(this.rows[i]!, values));
      push(this.steps, came.steps);
      if (came.times) push(this.times, came.times);
      this.finished = came.finished;
      if (this.isOn || came.finished) this.changed(came);
    }
  }

  pause(): void {
    this.isOn = false;
  }

  /** Gives it up. */
  end(): void {
    this.isOn = false;
    if (this.opening) void engine.call('End', this.run).catch(() => undefined);
    this.opening = null;
  }

  column(name: string): number[] {
    return this.rows[this.opening!.columns.findIndex((column) => column.name === name)] ?? [];
  }

  ask<K extends 'Heads' | 'Section'>(method: K): Promise<ReturnType<Engine[K]>> {
    return engine.call(method, ...([this.run] as unknown as Parameters<Engine[K]>));
  }
}

function push(to: number[], values: Float64Array): void {
  for (const value of values) to.push(value);
}
