import type { Plot, Series } from '../document';
import { element } from '../dom';
import { prose } from '../mathematics';
import { readReport } from '../numbers';
import type { ShownPlot } from '../plot';
import { renderSection } from '../report';
import { engine, type Theory } from './engine';
import { predictedLoss, predictedStrengths } from './linearPlots';
import { LinearWorkbench, type CarriedRun } from './linearWorkbench';
import type { Frame } from './page';
import { Painting } from './painting';

/** A figure of the report, and what theory puts into it. */
interface Moved {
  plot: Plot;
  shown: ShownPlot;
  theory: (theory: Theory, end: number) => Series[];
}

/** The report of a run, in whose figures theory moves with the setting; what was measured stays. */
export class LiveReportPage extends LinearWorkbench {
  readonly id = 'report';
  readonly title = 'Report';

  private theory: Theory | null = null;
  private readonly end: number;
  private readonly moved: Moved[] = [];
  private readonly painting = new Painting({ figures: () => this.draw() });
  private isDrawn = false;
  private readonly sections = element('div', { class: 'sections' });

  constructor(frame: Frame, private readonly run: CarriedRun) {
    super(frame, run.keys);
    this.end = run.time.at(-1)!;
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Setting' },
        element('h3', {}, 'What theory says at another setting'),
        ...this.linearControls(),
        this.copyButtons('predict')),
      element('section', { class: 'result', 'aria-label': 'The report' }, this.notice.node, this.sections));
  }

  protected async compute(): Promise<void> {
    this.visit++;
    document.documentElement.dataset['busy'] = 'yes';
    await this.attempt(async (visit) => {
      if (!this.isDrawn) await this.drawReport();
      const theory = await engine.newest('theory', 'Sketch', this.experiment);
      if (this.isFarBehind(visit)) return;
      this.theory = theory;
      const isOwn = Object.entries(this.run.keys).every(([key, value]) => this.keys[key] === value);
      this.notice.say(theory.noTheory ? `Theory: none, as ${theory.noTheory}.` : isOwn ? '' : 'Measured: the run. Theory: of the setting at the left, which is not that of the run.');
      this.painting.ask();
    });
    document.documentElement.dataset['busy'] = 'no';
  }

  private async drawReport(): Promise<void> {
    this.isDrawn = true;
    const report = await readReport(this.run.report, this.run.numbers);
    if (report.lead) this.sections.append(element('p', { class: 'lead' }, prose(report.lead)));
    for (const section of report.sections) {
      await renderSection(this.sections, section, (plot, shown) => {
        const theory = { loss: predictedLoss, strengths: predictedStrengths }[plot.id];
        if (theory) this.moved.push({ plot, shown, theory });
      });
    }
  }

  private async draw(): Promise<void> {
    const { theory } = this;
    if (!theory) return;
    for (const { plot, shown, theory: series } of this.moved) {
      const measured = plot.series.filter(({ role }) => role.startsWith('measured'));
      await shown.replace({ ...plot, series: [...measured, ...(theory.noTheory ? [] : series(theory, this.end))] });
      await new Promise((resume) => setTimeout(resume));
    }
    document.documentElement.dataset['drawn'] = String(performance.now());
  }
}
