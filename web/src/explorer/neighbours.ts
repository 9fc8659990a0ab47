import { button, element } from '../dom';
import { prose } from '../mathematics';
import { renderPlot, type ShownPlot } from '../plot';
import { onTheme } from '../theme';
import { numberControl, written } from './controls';
import { engine, type Experiment, type Neighbour } from './engine';
import { Notice, type Frame, type Page } from './page';

/** The theories beside that of the staircase: each a picture that the library draws here, with a slider or two and a sentence. */
export class NeighboursPage implements Page {
  readonly id = 'neighbours';
  readonly title = 'Neighbours';
  readonly node = element('div', { class: 'workbench' });

  private all: Neighbour[] = [];
  private of: Neighbour | null = null;
  private keys: Experiment = {};
  private visit = 0;
  private shown: ShownPlot | null = null;
  private readonly notice = new Notice();
  private readonly names = element('div', { class: 'neighbours', role: 'group', 'aria-label': 'Neighbours' });
  private readonly sliders = element('div');
  private readonly heading = element('h2');
  private readonly sentence = element('p', { class: 'lead', 'aria-live': 'polite' });
  private readonly plots = element('div', { class: 'plots' });
  private readonly source = element('div', { class: 'source' });

  constructor(private readonly frame: Frame) {
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Setting' },
        this.names, this.sliders,
        element('div', { class: 'tools' }, button('as at first', () => this.pick(this.of!.name)), button('undo', () => this.frame.undo()))),
      element('section', { class: 'result', 'aria-label': 'What follows' }, this.heading, this.sentence, this.notice.node, this.plots, this.source));
    onTheme(this.node, () => void this.compute());
  }

  enter({ of, ...keys }: Experiment): void {
    void this.show(++this.visit, of, keys);
  }

  leave(): void {
    this.visit++;
    engine.leave();
  }

  private async show(visit: number, name: string | undefined, keys: Experiment): Promise<void> {
    try {
      if (this.all.length === 0) this.all = (await engine.call('Neighbours')).neighbours;
    } catch (error) {
      this.notice.fail(error);
    }
    if (visit !== this.visit || this.all.length === 0) return;
    const next = this.all.find((one) => one.name === name) ?? this.all[0]!;
    this.keys = keys;
    if (next !== this.of) this.dress(next);
    this.names.replaceChildren(...this.all.map((one) => button(one.title, () => this.pick(one.name), { 'aria-pressed': String(one === next) })));
    this.sliders.replaceChildren(...next.sliders.map((slider) => {
      const change = (value: number) => {
        this.keys = { ...this.keys, [slider.key]: written(value) };
        void this.compute();
      };
      const control = numberControl(prose(slider.label), slider.key, { ...slider, steps: slider.whole ? Math.min(200, slider.most - slider.least) : 200 }, change, (value) => {
        change(value);
        this.frame.commit({ page: this.id, keys: { of: next.name, ...this.keys } });
      });
      control.set(Number(this.keys[slider.key] ?? slider.usual));
      return control.node;
    }));
    await this.compute();
  }

  /** What does not depend on the sliders. */
  private dress(next: Neighbour): void {
    this.of = next;
    this.shown = null;
    this.plots.replaceChildren();
    this.sentence.replaceChildren();
    this.heading.replaceChildren(next.title);
    const { statement, holdsWhen, notModelled, citation, where } = next.result;
    this.source.replaceChildren(
      element('p', {}, statement),
      element('p', { class: 'remark' }, `Holds when: ${holdsWhen}. Not modelled: ${notModelled}.`),
      element('p', { class: 'remark' }, `${citation} (${where})`));
  }

  private pick(name: string): void {
    this.frame.commit({ page: this.id, keys: { of: name } });
    this.enter({ of: name });
  }

  private async compute(): Promise<void> {
    if (!this.of) return;
    const { visit, of } = this;
    try {
      const report = await engine.newest('neighbour', 'Neighbour', { name: of.name, ...this.keys });
      if (visit !== this.visit || of !== this.of) return;
      const { lead, plots: [plot] } = report.sections[0]!;
      this.notice.say('');
      this.sentence.replaceChildren(prose(lead));
      if (this.shown) await this.shown.replace(plot!);
      else this.shown = await renderPlot(this.plots, plot!, `neighbour-${of.name}`);
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }
}
