import { button, element, scrolling } from '../dom';
import { prose } from '../mathematics';
import { paletteOf } from '../palette';
import { renderPlot, type ShownPlot } from '../plot';
import { onTheme, theme as colours } from '../theme';
import { Bars } from './bars';
import { choice, numberControl, written } from './controls';
import { engine, Stale, type Experiment, type Findings, type Heads, type Look, type Theory } from './engine';
import { Light } from './light';
import { lossPlot, strengthPlot, type Course } from './linearPlots';
import { Live } from './live';
import { answers, errorBars, weightCells } from './lookPictures';
import { copy, Notice, type Frame, type Page } from './page';
import { raceOf } from './race';
import { linearStarts } from './starts';

/** A run that a live report carries. */
export interface CarriedRun {
  name: string;
  keys: Experiment;
  time: number[];
  loss: number[];
}

const usual = linearStarts[0]!.keys;

/** Linear attention: what theory says while a hand moves, the flow when it lets go, everything of one setting linked. */
export class LinearPage implements Page {
  readonly id = 'linear';
  readonly title = 'Linear attention';
  readonly node = element('div', { class: 'workbench' });

  private readonly defaults: Experiment;
  private keys: Experiment;
  private theory: Theory | null = null;
  private ghost: Theory | null = null;
  private findings: Findings | null = null;
  private flow: Course | null = null;
  private sample: Course | null = null;
  private live: Live | null = null;
  private heads: Heads | null = null;
  private look: Look | null = null;
  private time: number | null = null;
  private visit = 0;

  private readonly light = new Light();
  private readonly notice = new Notice();
  private readonly bars = new Bars((values) => this.drag({ spectrum: values.map(written).join(',') }), (values) => this.settle({ spectrum: values.map(written).join(',') }), this.light);
  private readonly setters: ((keys: Experiment) => void)[] = [];
  private readonly plots = element('div', { class: 'plots' });
  private readonly race = element('figure', { class: 'picture-frame', id: 'race' });
  private readonly slider = element('input', { type: 'range', min: 0, max: 1000, step: 1, value: 1000, 'aria-label': 'Time looked at', disabled: true });
  private readonly when = element('output', { class: 'when' });
  private readonly looks = element('div', { class: 'maps' });
  private readonly plateaus = element('div');
  private readonly undoButton: HTMLButtonElement;
  private loss: ShownPlot | null = null;
  private strengths: ShownPlot | null = null;
  private frame = 0;
  private drawing: Promise<void> = Promise.resolve();

  /** @param carried The run of a live report: it stays while the setting moves. */
  constructor(private readonly outer: Frame, private readonly carried: CarriedRun | null) {
    this.defaults = carried?.keys ?? usual;
    this.keys = { ...this.defaults };
    this.undoButton = button('undo', () => outer.undo(), { title: 'Back to the setting before (also the browser’s own back button)' });
    this.node.append(this.settingPanel(), this.resultPanel());
    this.slider.addEventListener('input', () => this.goTo(this.timeAt(Number(this.slider.value) / 1000)));
    this.light.onChange(() => {
      this.loss?.light(null);
      this.strengths?.light(this.light.component);
      this.draw();
    });
    onTheme(this.node, () => this.draw());
  }

  enter(keys: Experiment): void {
    this.keys = Object.keys(keys).length > 0 ? { ...keys } : { ...this.defaults };
    this.show();
    void this.compute();
  }

  leave(): void {
    this.visit++;
    this.live?.end();
    this.live = null;
    engine.leave();
  }

  private get run(): Course | null {
    return this.carried && { name: `the run ${this.carried.name}`, time: this.carried.time, loss: this.carried.loss, strengths: [] };
  }

  private get experiment(): Experiment {
    const { sample: _, ...keys } = this.keys;
    return { kind: 'regression', trace: 'none', ...keys };
  }

  private settingPanel(): HTMLElement {
    const number = (label: string, name: string, key: string, usual: string, scale: Parameters<typeof numberControl>[2]) => {
      const control = numberControl(prose(label), name, scale, (value) => this.drag({ [key]: written(value) }), (value) => this.settle({ [key]: written(value) }));
      this.setters.push((keys) => control.set(Number(keys[key] ?? usual)));
      return control.node;
    };
    const attention = choice('attention', [['separate', 'separate key and query'], ['merged', 'merged key–query']], (value) => this.settle({ attention: value }));
    this.setters.push((keys) => attention.set(keys['attention'] ?? 'separate'));
    const resize = (by: number) => {
      const values = (this.keys['spectrum'] ?? this.defaults['spectrum']!).split(',').map(Number);
      if (by < 0 && values.length > 1) values.pop();
      if (by > 0) values.push(Number((0.75 * values.at(-1)!).toPrecision(2)));
      const heads = Number(this.keys['heads']) + by;
      this.settle({ spectrum: values.join(','), heads: String(Math.max(1, heads)) });
    };
    return element('section', { class: 'setting', 'aria-label': 'Setting' },
      element('h3', {}, 'Eigenvalues of the inputs'),
      this.bars.node,
      element('div', { class: 'tools' }, button('one fewer', () => resize(-1)), button('one more', () => resize(1)), element('span', { class: 'remark' }, 'drag the bars, use the arrow keys, or type')),
      attention.node,
      number('context $N$', 'context', 'context', '31', { least: 1, most: 1000, steps: 300, logarithmic: true, whole: true }),
      number('heads $H$', 'heads', 'heads', '5', { least: 1, most: 16, steps: 15, whole: true }),
      number('rank $R$', 'rank', 'rank', '1', { least: 1, most: 8, steps: 7, whole: true }),
      number('initial weights', 'init', 'init', '0.01', { least: 1e-4, most: 0.2, steps: 300, logarithmic: true }),
      number('label noise $\\sigma^2$', 'noise', 'noise', '0', { least: 0, most: 1, steps: 100 }),
      number('seed', 'seed', 'seed', '10', { least: 0, most: 1000, steps: 1000, whole: true }),
      element('div', { class: 'tools' },
        button('new seed', () => this.settle({ seed: String(Math.floor(Math.random() * 1_000_000)) }), { title: 'Other initial weights' }),
        button('rewind', () => void this.compute(), { title: 'The same initial weights from the start' }),
        this.undoButton,
      ),
      element('div', { class: 'tools' },
        button('train on a sample of 500', () => void this.trainOn('sample:500')),
        button('train the flow', () => void this.trainFlow()),
      ),
      element('div', { class: 'tools' },
        button('copy as command', () => void this.copyAs('predict'), { class: 'copy-command' }),
        button('copy as C#', () => void this.copyAs('cSharp'), { class: 'copy-code' }),
      ),
    );
  }

  private resultPanel(): HTMLElement {
    return element('section', { class: 'result', 'aria-label': 'What follows' },
      element('div', { class: 'starts', role: 'group', 'aria-label': 'Good places to start' }, ...linearStarts.map(({ name, why, keys }) => {
        const control = button(name, () => {
          this.settle(keys, true);
          this.notice.say(why);
        }, { title: why });
        return control;
      })),
      this.notice.node,
      this.plots,
      element('h3', {}, 'Which head learns which component, and when'),
      this.race,
      element('div', { class: 'tools' }, this.slider, this.when),
      element('h3', {}, 'At this time: the weights, and what the model does in context'),
      this.looks,
      element('h3', {}, 'The plateaus'),
      this.plateaus,
    );
  }

  /** A hand moves something: what theory says, roughly and at once. */
  private drag(change: Experiment): void {
    Object.assign(this.keys, change);
    this.visit++;
    this.forget();
    const visit = this.visit;
    engine.newest('theory', 'Sketch', this.experiment).then(
      (theory) => {
        if (visit < this.visit - 30) return; // a steady drag is drawn, too; what is far behind is not
        this.theory = theory;
        this.draw();
      },
      (error: unknown) => this.notice.fail(error),
    );
  }

  /** A setting to keep. */
  private settle(change: Experiment, isWhole = false): void {
    this.keys = isWhole ? { ...change } : { ...this.keys, ...change };
    this.outer.commit({ page: this.id, keys: this.keys });
    this.show();
    void this.compute();
  }

  private show(): void {
    for (const set of this.setters) set(this.keys);
    this.bars.set((this.keys['spectrum'] ?? this.defaults['spectrum']!).split(',').map(Number));
    this.undoButton.disabled = !this.outer.canUndo();
  }

  private settledTheory: Theory | null = null;

  private forget(): void {
    this.live?.end();
    [this.live, this.flow, this.sample, this.heads, this.look, this.findings, this.time] = [null, null, null, null, null, null, null];
    this.slider.disabled = true;
  }

  /** Theory, the flow over it, then what takes longer. */
  private async compute(): Promise<void> {
    const visit = ++this.visit;
    this.forget();
    this.ghost = this.settledTheory;
    engine.leave();
    try {
      document.documentElement.dataset['busy'] = 'yes';
      this.notice.say('');
      this.theory = await engine.newest('theory', 'Predict', this.experiment);
      if (visit !== this.visit) return;
      this.settledTheory = this.theory;
      this.draw();
      if (this.theory.noTheory) this.notice.say(`Theory: none, as ${this.theory.noTheory}.`);
      else if (this.theory.flowIsDear) this.notice.say('The flow of this setting takes a browser some time: it is trained when you ask for it.');
      else await this.trainFlow(visit);
      if (visit !== this.visit) return;
      this.findings = await engine.newest('findings', 'Findings', this.experiment);
      if (visit === this.visit) this.draw();
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    } finally {
      if (visit === this.visit) document.documentElement.dataset['busy'] = 'no';
    }
  }

  private async trainFlow(visit = this.visit): Promise<void> {
    try {
      const live = new Live(() => {
        if (visit === this.visit) this.draw();
      });
      this.live?.end();
      this.live = live;
      await live.begin(this.experiment, 'flow');
      this.flow = this.courseOf(live, 'gradient flow');
      await live.go();
      if (visit !== this.visit) return;
      document.documentElement.dataset['flow'] = String(performance.now()); // benchmarks/explorer.mjs reads these
      if (this.theory?.isSeparate) this.heads = await live.ask('Heads');
      this.slider.disabled = false;
      this.goTo(this.time ?? live.times.at(-1)!);
      this.draw();
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }

  private async trainOn(data: string): Promise<void> {
    const visit = this.visit;
    const live = new Live(() => {
      if (visit === this.visit) this.draw();
    });
    try {
      this.notice.say('');
      await live.begin({ ...this.experiment, data, optimizer: 'flow', basis: 'eigen' }, 'sample');
      this.sample = this.courseOf(live, `the same weights on ${data.replace(':', ' of ')} sequences`);
      await live.go();
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    } finally {
      live.end();
    }
  }

  private courseOf(live: Live, name: string): Course {
    const strengths = live.opening!.columns.map((column, i) => (column.kind === 'strength' ? live.rows[i]! : null)).filter((column) => column !== null);
    return { name, time: live.times, loss: live.column('loss'), strengths };
  }

  private timeAt(share: number): number {
    const times = this.live?.times ?? [0];
    return times[Math.round(share * (times.length - 1))]!;
  }

  private goTo(time: number): void {
    const { live } = this;
    if (!live?.finished) return;
    const row = Math.max(0, live.times.findIndex((t) => t >= time));
    this.time = live.times[row]!;
    this.slider.value = String(Math.round((1000 * row) / (live.times.length - 1)));
    const plateau = this.theory?.plateaus.findIndex(({ end }) => end === null || end > this.time!) ?? 0;
    this.when.textContent = `time ${this.time.toPrecision(5)}, loss ${live.column('loss')[row]!.toPrecision(5)}, plateau ${plateau + 1}`;
    const visit = this.visit;
    engine.newest('look', 'Look', live.run, live.steps[row]!).then(
      (look) => {
        if (visit !== this.visit) return;
        this.look = look;
        this.draw();
      },
      (error: unknown) => this.notice.fail(error),
    );
    this.draw();
  }

  private async copyAs(what: 'predict' | 'cSharp'): Promise<void> {
    try {
      const commands = await engine.call('Commands', this.experiment);
      await copy(what === 'predict' ? `${commands.predict} --no-check` : commands.cSharp, this.notice);
    } catch (error) {
      this.notice.fail(error);
    }
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.drawing = this.drawing.then(() => this.drawNow()).catch((error: unknown) => {
        if (!(error instanceof Stale)) console.error(error);
      });
    });
  }

  private async drawNow(): Promise<void> {
    const { theory, flow, sample } = this;
    if (!theory) return;
    const marks = { time: this.time, lit: this.light.component };
    const loss = lossPlot(theory, flow, sample ?? this.run, this.ghost, marks);
    const strengths = strengthPlot(theory, flow, marks);
    if (this.loss) await this.loss.replace(loss);
    else this.loss = await renderPlot(this.plots, loss, 'explorer-loss');
    document.documentElement.dataset['drawn'] = String(performance.now());
    if (this.strengths) await this.strengths.replace(strengths);
    else {
      this.strengths = await renderPlot(this.plots, strengths, 'explorer-strengths');
      this.strengths.onPoint((colour) => this.light.point(colour));
    }
    if (!theory.noTheory) {
      this.race.replaceChildren(raceOf(theory, this.heads, this.time, this.light, (time) => this.goTo(time)));
      this.plateaus.replaceChildren(this.plateauTable(theory));
    } else {
      this.race.replaceChildren();
      this.plateaus.replaceChildren();
    }
    this.looks.replaceChildren(...(this.look ? [
      element('div', { class: 'map' }, element('h4', {}, `in context: ${this.look.algorithm}`), errorBars(this.look), element('p', { class: 'remark' }, 'mean squared difference to regression on the first m components, relative to the labels')),
      element('div', { class: 'map' }, element('h4', {}, 'answers to sequences it has not seen'), answers(this.look)),
      ...weightCells(this.look, theory, this.light),
    ] : [element('p', { class: 'remark' }, 'When the flow has been trained, the slider goes through its time.')]));
  }

  private plateauTable(theory: Theory): HTMLElement {
    const palette = paletteOf(colours());
    const known = (this.findings?.data['prediction'] as { plateaus: { algorithm: string }[] } | undefined)?.plateaus;
    const chip = (d: number) => this.light.follow(element('span', { class: 'chip', style: `--chip: ${palette.series[d % palette.series.length]!}; opacity: ${this.light.dims(d) ? 0.35 : 1}` }, String(d + 1)), d);
    const number = (x: number) => String(Number(x.toPrecision(4)));
    const rows = theory.plateaus.map(({ loss, start, end, learned }, i) => {
      const drop = theory.drops[i];
      const sum = learned.map((d) => number(theory.gains[d]!)).join(' - ');
      const interval = drop && drop.high !== null && drop.high > drop.low ? ` (${number(drop.low)} … ${number(drop.high)})` : '';
      return element('tr', {},
        element('td', {}, String(i + 1)),
        element('td', {}, ...(learned.length > 0 ? learned.map(chip) : ['none'])),
        element('td', {}, prose(`$${number(theory.zeroLoss)}${sum ? ` - ${sum}` : ''} = ${Number(loss.toPrecision(6))}$`)),
        element('td', {}, `${number(start)} … ${end === null ? '∞' : number(end)}`),
        element('td', {}, ...(drop ? [drop.head === null ? 'all → ' : `head ${drop.head + 1} → `, ...drop.components.map(chip), interval] : ['—'])),
        element('td', {}, known?.[i]?.algorithm ?? '…'),
        element('td', {}, drop?.doubt ?? ''));
    });
    return element('div', {},
      element('p', {}, prose('The height of a plateau: $L(S) = L_0 - \\sum_{d \\in S} g_d$, where learning component $d$ is worth $g_d = \\lambda_d\\left(1 + \\frac{1 + \\operatorname{tr}\\Lambda / \\lambda_d}{N}\\right)^{-1}$ without label noise. Its numbers here:')),
      scrolling('The plateaus', element('table', { class: 'plateaus' },
        element('thead', {}, element('tr', {}, ...['plateau', 'learned', 'loss', 'time', 'next: head → component', 'in context it', 'doubt'].map((name) => element('th', { scope: 'col' }, name)))),
        element('tbody', {}, ...rows))));
  }
}
