import type { Plot, Series } from '../document';
import { button, element } from '../dom';
import { renderPlot, type ShownPlot } from '../plot';
import { renderSection } from '../report';
import { engine, type Experiment, type Rows } from './engine';
import { Live } from './live';
import type { Frame } from './page';
import type { Start } from './starts';
import { Workbench } from './workbench';

/** A network that is trained before the reader's eyes: what it is, what can be changed, and which of its measures are drawn while it trains. */
export interface NetworkSetting {
  id: string;
  title: string;
  lead: string;
  kind: string;
  defaults: Experiment;
  controls: { label: string; key: string; least: number; most: number; steps: number; logarithmic?: boolean; whole?: boolean }[];
  /** Columns in plots of their own. */
  plots: { title: string; label: string; columns: RegExp; logarithmic?: boolean }[];
  starts: Start[];
}

export class NetworkPage extends Workbench {
  readonly id: string;
  readonly title: string;

  private began = 0;
  private shown: ShownPlot[] = [];
  private isDrawing = false;
  private readonly state = element('p', { class: 'when', 'aria-live': 'off' });
  private readonly plots = element('div', { class: 'plots' });
  private readonly section = element('div', { class: 'section' });
  private readonly startButton = button('train', () => void this.toggle(), { class: 'train' });

  constructor(private readonly setting: NetworkSetting, frame: Frame) {
    super(frame, setting.defaults);
    [this.id, this.title] = [setting.id, setting.title];
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Setting' },
        ...setting.controls.map((control) => this.number(control.label, control.key, '0', control)),
        element('div', { class: 'tools' }, this.startButton),
        this.seedButtons(),
        this.copyButtons('train'),
      ),
      element('section', { class: 'result', 'aria-label': 'What follows' },
        element('p', { class: 'lead' }, setting.lead), this.startButtons(setting.starts), this.notice.node, this.state, this.plots, this.section,
      ),
    );
  }

  protected get experiment(): Experiment {
    return { kind: this.setting.kind, ...this.keys };
  }

  /** A training begins when it is asked for, not while a hand moves. */
  protected override drag(): void {}

  /** Back to the same initial weights. */
  protected compute(): void {
    this.visit++;
    if (this.live) {
      this.giveUp();
      engine.leave();
    }
    this.startButton.textContent = 'train';
    this.section.replaceChildren();
    this.notice.say('');
    this.state.textContent = 'Press “train”: nothing leaves this page, and your processor does the work.';
  }

  private async toggle(): Promise<void> {
    const visit = this.visit;
    if (this.live && !this.live.finished && this.startButton.textContent === 'pause') {
      this.live.pause();
      this.startButton.textContent = 'go on';
      await this.showSection(visit);
      return;
    }
    if (this.live?.finished) this.compute();
    const current = this.visit;
    this.startButton.textContent = 'pause';
    this.section.replaceChildren();
    try {
      if (!this.live) {
        const live = new Live((rows) => {
          if (current === this.visit) this.tell(rows);
        });
        this.live = live;
        await live.begin(this.experiment, 'network');
        if (current !== this.visit) return;
        this.notice.say(live.opening!.description);
      }
      this.began = performance.now() - (this.live.steps.length > 0 ? 1 : 0);
      await this.live.go();
      if (current !== this.visit || !this.live?.finished) return;
      this.startButton.textContent = 'train';
      await this.showSection(current);
    } catch (error) {
      if (current !== this.visit) return;
      this.startButton.textContent = 'train';
      this.notice.fail(error);
    }
  }

  private firstStep = 0;

  private tell({ step, progress, awaited, finished }: Rows): void {
    if (this.began > 0 && this.firstStep > step) this.firstStep = 0;
    const perStep = engine.lastDuration / Math.max(1, step - this.firstStep);
    this.firstStep = step;
    this.state.textContent = finished ? `Trained ${step} steps.` : `Step ${step}, ${Math.round(100 * progress)} %${awaited ? `, ${awaited}` : ''}; about ${perStep.toPrecision(2)} ms a step on this machine.`;
    if (!this.isDrawing || finished) void this.draw();
  }

  private async draw(): Promise<void> {
    const { live } = this;
    if (!live?.opening) return;
    this.isDrawing = true;
    const x = { label: live.opening.hasTime ? 'time of the gradient flow' : 'step', isLogarithmic: false };
    for (const [i, { title, label, columns, logarithmic }] of this.setting.plots.entries()) {
      const series: Series[] = live.opening.columns.flatMap(({ name }, c) => (columns.test(name)
        ? [{ name: name.replaceAll('_', ' '), role: 'measured', x: [...live.positions], y: [...live.rows[c]!], colour: null, group: null, family: null, high: null, isRight: false } as Series] : []));
      if (series.length === 0) continue;
      const plot: Plot = { id: `live-${i}`, title, caption: '', x, y: { label, isLogarithmic: logarithmic ?? false }, right: null, series };
      if (this.shown[i]) await this.shown[i].replace(plot);
      else this.shown[i] = await renderPlot(this.plots, plot, `${this.id}-live-${i}`);
    }
    this.isDrawing = false;
  }

  /** What a report says of the run as far as it has come, its weights to scrub through included. */
  private async showSection(visit: number): Promise<void> {
    try {
      const report = await this.live!.ask('Section');
      if (visit !== this.visit) return;
      this.section.replaceChildren();
      for (const part of report.sections) await renderSection(this.section, { ...part, id: this.id });
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }
}
