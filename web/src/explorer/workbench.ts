import { button, element } from '../dom';
import { prose } from '../mathematics';
import { numberControl, written, type Scale } from './controls';
import { engine, type Commands, type Experiment } from './engine';
import type { Live } from './live';
import { copy, Notice, type Frame, type Page } from './page';
import type { Start } from './starts';

/** A page that moves a setting: its keys and controls, and the end of whatever was at work for the setting before. */
export abstract class Workbench implements Page {
  abstract readonly id: string;
  abstract readonly title: string;
  readonly node = element('div', { class: 'workbench' });

  protected keys: Experiment;
  protected live: Live | null = null;
  /** Counts settings: an answer to an earlier one is not shown. */
  protected visit = 0;
  protected readonly notice = new Notice();
  /** What shows the keys: controls put themselves right. */
  private readonly setters: ((keys: Experiment) => void)[] = [];
  private readonly undo = button('undo', () => this.frame.undo(), { title: 'Back to the setting before (also the browser’s own back button)' });

  constructor(protected readonly frame: Frame, protected readonly defaults: Experiment) {
    this.keys = { ...defaults };
  }

  /** What the engine is asked. */
  protected abstract get experiment(): Experiment;

  /** Computes what a new setting asks for. */
  protected abstract compute(): void | Promise<void>;

  /** A hand moves something, and has not let go. */
  protected drag(change: Experiment): void {
    this.keys = { ...this.keys, ...change };
    void this.compute();
  }

  /** All keys of a state, given those of its address. */
  protected complete(keys: Experiment): Experiment {
    return { ...this.defaults, ...keys };
  }

  enter(keys: Experiment): void {
    this.keys = this.complete(keys);
    this.show();
    void this.compute();
  }

  leave(): void {
    this.visit++;
    this.giveUp();
    engine.leave();
  }

  /** A setting to keep. */
  protected settle(change: Experiment): void {
    this.keys = { ...this.keys, ...change };
    this.frame.commit({ page: this.id, keys: this.keys });
    this.show();
    void this.compute();
  }

  /** Whether an answer is of a setting far behind the hand; in a steady drag those a little behind are drawn, too. */
  protected isFarBehind(visit: number): boolean {
    return visit < this.visit - 30;
  }

  /** Gives up the training that is at work. */
  protected giveUp(): void {
    this.live?.end();
    this.live = null;
  }

  /** Runs something of the present setting; its failure is said while that is still the setting. */
  protected async attempt(work: (visit: number) => Promise<void>): Promise<void> {
    const { visit } = this;
    try {
      await work(visit);
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }

  /** Told all keys whenever they are other ones. */
  protected onKeys(set: (keys: Experiment) => void): void {
    this.setters.push(set);
  }

  protected number(label: string, key: string, usual: string, scale: Scale): HTMLElement {
    const control = numberControl(prose(label), key, scale, (value) => this.drag({ [key]: written(value) }), (value) => this.settle({ [key]: written(value) }));
    this.onKeys((keys) => control.set(Number(keys[key] ?? usual)));
    return control.node;
  }

  protected startButtons(starts: Start[]): HTMLElement {
    return element('div', { class: 'starts', role: 'group', 'aria-label': 'Good places to start' }, ...starts.map(({ name, why, keys }) => button(name, () => {
      this.keys = {};
      this.settle(this.complete(keys));
      this.notice.say(why);
    }, { title: why })));
  }

  /** What every setting has: another seed, the same weights again, the setting before. */
  protected seedButtons(): HTMLElement {
    return element('div', { class: 'tools' },
      button('new seed', () => this.settle({ seed: String(Math.floor(Math.random() * 1_000_000)) }), { title: 'Other initial weights' }),
      button('rewind', () => void this.compute(), { title: 'The same initial weights from the start' }),
      this.undo);
  }

  protected copyButtons(command: 'predict' | 'train'): HTMLElement {
    const copied = (text: (commands: Commands) => string) => void this.attempt(async () => copy(text(await engine.call('Commands', this.experiment)), this.notice));
    return element('div', { class: 'tools' },
      button('copy as command', () => copied((commands) => (command === 'predict' ? `${commands.predict} --no-check` : commands.train)), { class: 'copy-command' }),
      button('copy as C#', () => copied(({ cSharp }) => cSharp), { class: 'copy-code' }));
  }

  private show(): void {
    for (const set of this.setters) set(this.keys);
    this.undo.disabled = !this.frame.canUndo();
  }
}
