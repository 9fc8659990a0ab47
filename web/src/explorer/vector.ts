import type { Plot, Series, SeriesRole } from '../document';
import { button, element, scrolling } from '../dom';
import { renderPlot, type ShownPlot } from '../plot';
import { renderSection } from '../report';
import { onTheme } from '../theme';
import { Bars } from './bars';
import { numberControl, written } from './controls';
import { engine, type Experiment, type Findings } from './engine';
import { Light } from './light';
import { Live } from './live';
import { copy, Notice, type Frame, type Page } from './page';

const defaults: Experiment = { spectrum: '1.7,1.4,1.1,1', context: '200', init: '0.01', 'epoch-rate': '0.02', tasks: 'diagonal:200', seed: '10' };

const starts: { name: string; why: string; keys: Experiment }[] = [
  { name: 'the published setting', why: 'A context of 200: closed form and exact flow are hard to tell apart.', keys: defaults },
  { name: 'a short context', why: 'At N = 5 the modes feel each other, which the closed form does not know.', keys: { ...defaults, context: '5' } },
  { name: 'a mode that cannot be learned', why: 'At N = 10 a mode of 0.05 beside one of 4 is below the threshold of escape: it is never learned.', keys: { ...defaults, spectrum: '4,1,0.25,0.05', context: '10', 'epoch-rate': '0.002' } },
];

interface Curve {
  time: number[];
  exact: number[];
  closedForm: number[] | null;
  strengths: number[][];
}

/** Vector-valued tasks: the closed form, the exact flow of a finite context, and simulation, side by side. */
export class VectorPage implements Page {
  readonly id = 'vector';
  readonly title = 'Vector tasks';
  readonly node = element('div', { class: 'workbench' });

  private keys: Experiment = { ...defaults };
  private visit = 0;
  private findings: Findings | null = null;
  private live: Live | null = null;
  private loss: ShownPlot | null = null;
  private strengths: ShownPlot | null = null;
  private drawing: Promise<void> = Promise.resolve();
  private readonly light = new Light();
  private readonly notice = new Notice();
  private readonly plots = element('div', { class: 'plots' });
  private readonly tables = element('div');
  private readonly section = element('div');
  private readonly setters: (() => void)[] = [];
  private readonly bars = new Bars((values) => this.ask({ spectrum: values.map(written).join(',') }, false), (values) => this.ask({ spectrum: values.map(written).join(',') }, true), this.light);

  constructor(private readonly outer: Frame) {
    const number = (label: string, key: string, scale: Parameters<typeof numberControl>[2]) => {
      const control = numberControl(label, key, scale, (value) => this.ask({ [key]: written(value) }, false), (value) => this.ask({ [key]: written(value) }, true));
      this.setters.push(() => control.set(Number(this.keys[key])));
      return control.node;
    };
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Setting' },
        element('h3', {}, 'Eigenvalues of the inputs'), this.bars.node,
        number('context N', 'context', { least: 2, most: 1000, steps: 300, logarithmic: true, whole: true }),
        number('initial weights', 'init', { least: 1e-4, most: 0.3, steps: 200, logarithmic: true }),
        number('learning rate of an epoch', 'epoch-rate', { least: 1e-3, most: 0.2, steps: 200, logarithmic: true }),
        number('seed', 'seed', { least: 0, most: 1000, steps: 1000, whole: true }),
        element('div', { class: 'tools' }, button('simulate', () => void this.simulate(), { class: 'train' }), button('undo', () => this.outer.undo())),
        element('div', { class: 'tools' }, button('copy as command', () => void this.copyAs('predict'), { class: 'copy-command' }), button('copy as C#', () => void this.copyAs('cSharp'), { class: 'copy-code' })),
      ),
      element('section', { class: 'result', 'aria-label': 'What follows' },
        element('div', { class: 'starts', role: 'group', 'aria-label': 'Good places to start' }, ...starts.map(({ name, why, keys }) => button(name, () => {
          this.ask(keys, true);
          this.notice.say(why);
        }, { title: why }))),
        this.notice.node, this.plots, this.tables, this.section),
    );
    this.light.onChange(() => this.strengths?.light(this.light.component));
    onTheme(this.node, () => this.draw());
  }

  enter(keys: Experiment): void {
    this.keys = { ...defaults, ...keys };
    this.show();
    void this.compute();
  }

  leave(): void {
    this.visit++;
    this.live?.end();
    this.live = null;
    engine.leave();
  }

  private get experiment(): Experiment {
    return { kind: 'vector-regression', trace: 'none', ...this.keys };
  }

  private ask(change: Experiment, isDone: boolean): void {
    this.keys = { ...this.keys, ...change };
    if (isDone) {
      this.outer.commit({ page: this.id, keys: this.keys });
      this.show();
    }
    void this.compute();
  }

  private show(): void {
    for (const set of this.setters) set();
    this.bars.set(this.keys['spectrum']!.split(',').map(Number));
  }

  private async compute(): Promise<void> {
    const visit = ++this.visit;
    this.live?.end();
    this.live = null;
    this.section.replaceChildren();
    try {
      this.notice.say('');
      const findings = await engine.newest('vector', 'Findings', this.experiment);
      this.findings = findings;
      this.draw();
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }

  private async simulate(): Promise<void> {
    const visit = this.visit;
    try {
      const live = new Live((rows) => {
        if (visit !== this.visit) return;
        this.notice.say(`Simulating: ${Math.round(100 * rows.progress)} %.`);
        this.draw();
      });
      this.live = live;
      await live.begin(this.experiment, 'simulation');
      await live.go();
      if (visit !== this.visit) return;
      this.notice.say('');
      const report = await live.ask('Section');
      for (const part of report.sections) await renderSection(this.section, { ...part, id: 'vector-run' });
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }

  private draw(): void {
    this.drawing = this.drawing.then(() => this.drawNow()).catch((error: unknown) => console.error(error));
  }

  private async drawNow(): Promise<void> {
    if (!this.findings) return;
    const curve = this.findings.data['curve'] as Curve;
    const one = (name: string, role: SeriesRole, x: ArrayLike<number>, y: ArrayLike<number>, colour: number | null): Series => ({ name, role, x, y, colour, group: null, family: null, high: null, isRight: false });
    const live = this.live?.opening ? this.live : null;
    const x = { label: 'epoch', isLogarithmic: false };
    const loss: Plot = {
      id: 'loss', title: 'Loss', caption: 'The exact flow of a finite context, the closed form that takes modes one by one, and simulation.', x, y: { label: 'loss', isLogarithmic: false }, right: null,
      series: [
        ...(live ? [one('simulation', 'measured', [...live.positions], [...live.column('loss')], 0)] : []),
        one('exact flow', 'predicted', curve.time, curve.exact, 0),
        ...(curve.closedForm ? [one('closed form', 'predicted', curve.time, curve.closedForm, 1)] : []),
      ],
    };
    const D = curve.strengths[0]!.length;
    const strengths: Plot = {
      id: 'strengths', title: 'Strength of each mode', caption: 'By the exact flow.', x, y: { label: 'strength', isLogarithmic: false }, right: null,
      series: Array.from({ length: D }, (_, d) => one(`mode ${d + 1}`, 'predicted', curve.time, curve.strengths.map((row) => row[d]!), d)),
    };
    if (this.loss) await this.loss.replace(loss);
    else this.loss = await renderPlot(this.plots, loss, 'vector-loss');
    if (this.strengths) await this.strengths.replace(strengths);
    else {
      this.strengths = await renderPlot(this.plots, strengths, 'vector-strengths');
      this.strengths.onPoint((colour) => this.light.point(colour));
    }
    this.tables.replaceChildren(...this.findings.tables.map((table) => scrolling('The modes', element('table', {},
      element('thead', {}, element('tr', {}, ...table.columns.map((column) => element('th', { scope: 'col' }, column)))),
      element('tbody', {}, ...table.rows.map((row) => element('tr', {}, ...row.map((value) => element('td', {}, value)))))))),
    ...this.findings.sentences.map((sentence) => element('p', {}, sentence)));
  }

  private async copyAs(what: 'predict' | 'cSharp'): Promise<void> {
    try {
      await copy((await engine.call('Commands', this.experiment))[what], this.notice);
    } catch (error) {
      this.notice.fail(error);
    }
  }
}
