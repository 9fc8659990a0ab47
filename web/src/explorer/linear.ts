import { button, element, scrolling } from '../dom';
import { prose } from '../mathematics';
import { paletteOf } from '../palette';
import { renderPlot, type ShownPlot } from '../plot';
import { onTheme, theme as colours } from '../theme';
import { replaceMarked, unknown } from './changes';
import { engine, thorough, type Experiment, type Findings, type Heads, type Look, type Theory } from './engine';
import { lossPlot, strengthPlot, type Course } from './linearPlots';
import { LinearWorkbench, type CarriedRun } from './linearWorkbench';
import { Live } from './live';
import { answers, errorBars, weightCells } from './lookPictures';
import type { Frame } from './page';
import { Painting } from './painting';
import { raceOf } from './race';
import { linearStarts } from './starts';

const usual = linearStarts[0]!.keys;

/** When something was done last; benchmarks/explorer.mjs reads it. */
function stamp(what: string): void {
  document.documentElement.dataset[what] = String(performance.now());
}

/** Linear attention: what theory says while a hand moves, the flow when it lets go, everything of one setting linked. */
export class LinearPage extends LinearWorkbench {
  readonly id = 'linear';
  readonly title = 'Linear attention';

  private theory: Theory | null = null;
  private settledTheory: Theory | null = null;
  private ghost: Theory | null = null;
  private findings: Findings | null = null;
  private flow: Course | null = null;
  private sample: Course | null = null;
  private heads: Heads | null = null;
  private look: Look | null = null;
  private time: number | null = null;

  private readonly plots = element('div', { class: 'plots' });
  private readonly race = element('figure', { class: 'picture-frame', id: 'race' });
  private readonly slider = element('input', { type: 'range', min: 0, max: 1000, step: 1, value: 1000, 'aria-label': 'Time looked at', disabled: true });
  private readonly when = element('output', { class: 'when' });
  private readonly looks = element('div', { class: 'maps' });
  private readonly plateaus = element('div');
  private loss: ShownPlot | null = null;
  private strengths: ShownPlot | null = null;
  private readonly painting = new Painting({
    loss: () => this.drawLoss(),
    strengths: () => this.drawStrengths(),
    beneath: () => this.drawBeneath(),
  });

  /** @param carried The run of a live report: it stays while the setting moves. */
  constructor(frame: Frame, private readonly carried: CarriedRun | null) {
    super(frame, carried?.keys ?? usual);
    this.node.append(this.settingPanel(), this.resultPanel());
    this.slider.addEventListener('input', () => this.goTo(this.timeAt(Number(this.slider.value) / 1000)));
    this.light.onChange(() => this.painting.ask());
    onTheme(this.node, () => this.painting.ask());
  }

  private get run(): Course | null {
    return this.carried && { name: `the run ${this.carried.name}`, time: this.carried.time, loss: this.carried.loss, strengths: [] };
  }

  private settingPanel(): HTMLElement {
    return element('section', { class: 'setting', 'aria-label': 'Setting' },
      ...this.linearControls(),
      element('div', { class: 'tools' },
        button('train on a sample of 500', () => void this.trainOn('sample:500')),
        button('train the flow', () => void this.attempt((visit) => this.trainFlow(visit))),
      ),
      this.copyButtons('predict'),
    );
  }

  private resultPanel(): HTMLElement {
    return element('section', { class: 'result', 'aria-label': 'What follows' },
      this.startButtons(linearStarts),
      this.notice.node,
      this.plots,
      element('h3', {}, 'Which head learns which component, and when'),
      this.race,
      element('div', { class: 'tools' }, this.slider, this.when),
      element('h3', {}, 'At this time: the weights, and what the model does in context'),
      this.looks,
      element('h3', {}, 'The plateaus'),
      element('p', {}, prose('The height of a plateau: $L(S) = L_0 - \\sum_{d \\in S} g_d$, where learning component $d$ is worth $g_d = \\lambda_d\\left(1 + \\frac{1 + \\operatorname{tr}\\Lambda / \\lambda_d}{N}\\right)^{-1}$ without label noise. Its numbers here:')),
      this.plateaus,
    );
  }

  /** A hand moves something: what theory says, roughly and at once. */
  protected override drag(change: Experiment): void {
    this.keys = { ...this.keys, ...change };
    this.visit++;
    this.forget();
    void this.attempt((visit) => this.sketch(visit));
  }

  private async sketch(visit: number): Promise<void> {
    const theory = await engine.newest('theory', 'Sketch', this.experiment);
    if (this.isFarBehind(visit)) return;
    this.theory = theory;
    this.painting.ask();
  }

  private forget(): void {
    this.giveUp();
    thorough.leave();
    [this.flow, this.sample, this.heads, this.look, this.findings, this.time] = [null, null, null, null, null, null];
    this.slider.disabled = true;
    this.when.textContent = '';
  }

  override leave(): void {
    super.leave();
    thorough.leave();
  }

  /** Theory roughly, the flow over it, then theory in full: by another worker, so that the time line answers at once. */
  protected async compute(): Promise<void> {
    this.visit++;
    this.forget();
    this.ghost = this.settledTheory;
    engine.leave();
    this.notice.say('');
    const { visit } = this;
    document.documentElement.dataset['busy'] = 'yes';
    await this.attempt(async () => {
      await this.sketch(visit);
      if (visit !== this.visit) return;
      if (this.theory!.noTheory) this.notice.say(`Theory: none, as ${this.theory!.noTheory}.`);
      else if (this.theory!.flowIsDear) this.notice.say('The flow of this setting takes a browser some time: it is trained when you ask for it.');
      else await this.trainFlow(visit);
      if (visit === this.visit) await this.refine(visit);
    });
    if (visit === this.visit) document.documentElement.dataset['busy'] = 'no';
  }

  /** Intervals and doubts, and what is learned in context. */
  private async refine(visit: number): Promise<void> {
    const theory = await thorough.newest('theory', 'Predict', this.experiment);
    if (visit !== this.visit) return;
    this.theory = this.settledTheory = theory;
    this.painting.ask();
    const findings = await thorough.newest('findings', 'Findings', this.experiment);
    if (visit !== this.visit) return;
    this.findings = findings;
    this.painting.ask('beneath');
  }

  private async trainFlow(visit: number): Promise<void> {
    const live = new Live(() => {
      if (visit === this.visit) this.painting.ask('loss', 'strengths');
    });
    this.giveUp();
    this.live = live;
    await live.begin(this.experiment, 'flow');
    this.flow = this.courseOf(live, 'gradient flow');
    await live.go();
    if (visit !== this.visit) return;
    stamp('flow');
    if (this.theory?.isSeparate) this.heads = await live.ask('Heads');
    if (visit !== this.visit) return;
    this.slider.disabled = false;
    this.goTo(this.time ?? live.times.at(-1)!);
  }

  private async trainOn(data: string): Promise<void> {
    await this.attempt(async (visit) => {
      const live = new Live(() => {
        if (visit === this.visit) this.painting.ask('loss');
      });
      try {
        this.notice.say('');
        await live.begin({ ...this.experiment, data, optimizer: 'flow', basis: 'eigen' }, 'sample');
        this.sample = this.courseOf(live, `the same weights on ${data.replace(':', ' of ')} sequences`);
        await live.go();
      } finally {
        live.end();
      }
    });
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
    void this.attempt(async (visit) => {
      const look = await engine.newest('look', 'Look', live.run, live.steps[row]!);
      if (visit !== this.visit) return;
      this.look = look;
      this.painting.ask('beneath');
    });
    this.painting.ask();
  }

  private async drawLoss(): Promise<void> {
    if (!this.theory) return;
    const plot = lossPlot(this.theory, this.flow, this.sample ?? this.run, this.ghost, { time: this.time, lit: this.light.component });
    if (this.loss) await this.loss.replace(plot);
    else this.loss = await renderPlot(this.plots, plot, 'explorer-loss');
    stamp('drawn');
    if (this.flow?.time.length) stamp('flowing');
  }

  private async drawStrengths(): Promise<void> {
    if (!this.theory) return;
    const plot = strengthPlot(this.theory, this.flow, this.time);
    if (this.strengths) await this.strengths.replace(plot, this.light.component);
    else {
      this.strengths = await renderPlot(this.plots, plot, 'explorer-strengths');
      this.strengths.onPoint((colour) => this.light.point(colour));
    }
  }

  private drawBeneath(): void {
    const { theory, look } = this;
    if (!theory) return;
    this.race.replaceChildren(...(theory.noTheory ? [] : [raceOf(theory, this.heads, this.time, this.light, (time) => this.goTo(time))]));
    if (theory.noTheory) this.plateaus.replaceChildren();
    else replaceMarked(this.plateaus, this.plateauTable(theory));
    this.looks.replaceChildren(...(look ? [
      element('div', { class: 'map' }, element('h4', {}, `in context: ${look.algorithm}`), errorBars(look), element('p', { class: 'remark' }, 'mean squared difference to regression on the first m components, relative to the labels')),
      element('div', { class: 'map' }, element('h4', {}, 'answers to sequences it has not seen'), answers(look)),
      ...weightCells(look, theory, this.light),
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
        element('td', {}, known?.[i]?.algorithm ?? unknown),
        element('td', {}, drop?.doubt ?? ''));
    });
    return scrolling('The plateaus', element('table', { class: 'plateaus' },
      element('thead', {}, element('tr', {}, ...['plateau', 'learned', 'loss', 'time', 'next: head → component', 'in context it', 'doubt'].map((name) => element('th', { scope: 'col' }, name)))),
      element('tbody', {}, ...rows)));
  }
}
