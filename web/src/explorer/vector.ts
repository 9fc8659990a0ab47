import type { Plot, Series, SeriesRole } from '../document';
import { button, element, scrolling } from '../dom';
import { renderPlot, type ShownPlot } from '../plot';
import { renderSection } from '../report';
import { onTheme } from '../theme';
import { Bars } from './bars';
import { replaceMarked } from './changes';
import { written } from './controls';
import { engine, type Experiment, type Findings } from './engine';
import { Light } from './light';
import { Live } from './live';
import type { Frame } from './page';
import { Painting } from './painting';
import type { Start } from './starts';
import { Workbench } from './workbench';

const defaults: Experiment = { spectrum: '1.7,1.4,1.1,1', context: '200', init: '0.01', 'epoch-rate': '0.02', tasks: 'diagonal:200', seed: '10' };

const starts: Start[] = [
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
export class VectorPage extends Workbench {
  readonly id = 'vector';
  readonly title = 'Vector tasks';

  private findings: Findings | null = null;
  private loss: ShownPlot | null = null;
  private strengths: ShownPlot | null = null;
  private readonly light = new Light();
  private readonly bars = new Bars((values) => this.drag({ spectrum: values.map(written).join(',') }), (values) => this.settle({ spectrum: values.map(written).join(',') }), this.light);
  private readonly plots = element('div', { class: 'plots' });
  private readonly tables = element('div');
  private readonly sentences = element('div');
  private readonly section = element('div');
  private readonly painting = new Painting({
    loss: () => this.drawLoss(),
    strengths: () => this.drawStrengths(),
    tables: () => this.drawTables(),
  });

  constructor(frame: Frame) {
    super(frame, defaults);
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Setting' },
        element('h3', {}, 'Eigenvalues of the inputs'), this.bars.node,
        this.number('context N', 'context', '200', { least: 2, most: 1000, steps: 300, logarithmic: true, whole: true }),
        this.number('initial weights', 'init', '0.01', { least: 1e-4, most: 0.3, steps: 200, logarithmic: true }),
        this.number('learning rate of an epoch', 'epoch-rate', '0.02', { least: 1e-3, most: 0.2, steps: 200, logarithmic: true }),
        this.number('seed', 'seed', '10', { least: 0, most: 1000, steps: 1000, whole: true }),
        this.seedButtons(),
        element('div', { class: 'tools' }, button('simulate', () => void this.simulate(), { class: 'train' })),
        this.copyButtons('predict'),
      ),
      element('section', { class: 'result', 'aria-label': 'What follows' }, this.startButtons(starts), this.notice.node, this.plots, this.tables, this.sentences, this.section),
    );
    this.onKeys((keys) => this.bars.set(keys['spectrum']!.split(',').map(Number)));
    this.light.onChange(() => this.painting.ask('strengths'));
    onTheme(this.node, () => this.painting.ask());
  }

  protected get experiment(): Experiment {
    return { kind: 'vector-regression', trace: 'none', ...this.keys };
  }

  protected async compute(): Promise<void> {
    this.visit++;
    this.giveUp();
    this.section.replaceChildren();
    await this.attempt(async () => {
      this.notice.say('');
      this.findings = await engine.newest('vector', 'Findings', this.experiment);
      this.painting.ask();
    });
  }

  private async simulate(): Promise<void> {
    await this.attempt(async (visit) => {
      const live = new Live((rows) => {
        if (visit !== this.visit) return;
        this.notice.say(`Simulating: ${Math.round(100 * rows.progress)} %.`);
        this.painting.ask('loss');
      });
      this.live = live;
      await live.begin(this.experiment, 'simulation');
      await live.go();
      if (visit !== this.visit) return;
      this.notice.say('');
      const report = await live.ask('Section');
      for (const part of report.sections) await renderSection(this.section, { ...part, id: 'vector-run' });
    });
  }

  private get curve(): Curve | null {
    return (this.findings?.data['curve'] as Curve | undefined) ?? null;
  }

  private async drawLoss(): Promise<void> {
    const { curve } = this;
    if (!curve) return;
    const live = this.live?.opening ? this.live : null;
    const plot: Plot = {
      id: 'loss', title: 'Loss', caption: 'The exact flow of a finite context, the closed form that takes modes one by one, and simulation.', x: epochs, y: { label: 'loss', isLogarithmic: false }, right: null,
      series: [
        ...(live ? [one('simulation', 'measured', [...live.positions], [...live.column('loss')], 0)] : []),
        one('exact flow', 'predicted', curve.time, curve.exact, 0),
        ...(curve.closedForm ? [one('closed form', 'predicted', curve.time, curve.closedForm, 1)] : []),
      ],
    };
    if (this.loss) await this.loss.replace(plot);
    else this.loss = await renderPlot(this.plots, plot, 'vector-loss');
  }

  private async drawStrengths(): Promise<void> {
    const { curve } = this;
    if (!curve) return;
    const plot: Plot = {
      id: 'strengths', title: 'Strength of each mode', caption: 'By the exact flow.', x: epochs, y: { label: 'strength', isLogarithmic: false }, right: null,
      series: curve.strengths[0]!.map((_, d) => one(`mode ${d + 1}`, 'predicted', curve.time, curve.strengths.map((row) => row[d]!), d)),
    };
    if (this.strengths) await this.strengths.replace(plot, this.light.component);
    else {
      this.strengths = await renderPlot(this.plots, plot, 'vector-strengths');
      this.strengths.onPoint((colour) => this.light.point(colour));
    }
  }

  private drawTables(): void {
    if (!this.findings) return;
    replaceMarked(this.tables, element('div', {}, ...this.findings.tables.map((table) => scrolling('The modes', element('table', {},
      element('thead', {}, element('tr', {}, ...table.columns.map((column) => element('th', { scope: 'col' }, column)))),
      element('tbody', {}, ...table.rows.map((row) => element('tr', {}, ...row.map((value) => element('td', {}, value))))))))));
    this.sentences.replaceChildren(...this.findings.sentences.map((sentence) => element('p', {}, sentence)));
  }
}

const epochs = { label: 'epoch', isLogarithmic: false };

function one(name: string, role: SeriesRole, x: ArrayLike<number>, y: ArrayLike<number>, colour: number): Series {
  return { name, role, x, y, colour, group: null, family: null, high: null, isRight: false };
}
