import { button, element } from '../dom';
import { Bars } from './bars';
import { choice, written } from './controls';
import type { Experiment } from './engine';
import { Light } from './light';
import type { Frame } from './page';
import { Workbench } from './workbench';

/** A run that a live report carries: its setting, its course, and its report as it is stored in one. */
export interface CarriedRun {
  name: string;
  keys: Experiment;
  time: number[];
  loss: number[];
  report: string;
  numbers: string;
}

/** A page about linear attention: its spectrum as bars, and what else decides the staircase. */
export abstract class LinearWorkbench extends Workbench {
  protected readonly light = new Light();
  private readonly bars = new Bars((values) => this.drag({ spectrum: values.map(written).join(',') }), (values) => this.settle({ spectrum: values.map(written).join(',') }), this.light);

  constructor(frame: Frame, defaults: Experiment) {
    super(frame, defaults);
    this.onKeys(() => this.bars.set(this.spectrum));
  }

  protected override complete(keys: Experiment): Experiment {
    return Object.keys(keys).length > 0 ? { ...keys } : { ...this.defaults };
  }

  protected get experiment(): Experiment {
    const { sample: _, ...keys } = this.keys;
    return { kind: 'regression', trace: 'none', ...keys };
  }

  private get spectrum(): number[] {
    return (this.keys['spectrum'] ?? this.defaults['spectrum']!).split(',').map(Number);
  }

  protected linearControls(): HTMLElement[] {
    const attention = choice('attention', [['separate', 'separate key and query'], ['merged', 'merged key–query']], (value) => this.settle({ attention: value }));
    this.onKeys((keys) => attention.set(keys['attention'] ?? 'separate'));
    const resize = (by: number) => {
      const values = this.spectrum;
      if (by < 0 && values.length > 1) values.pop();
      if (by > 0) values.push(Number((0.75 * values.at(-1)!).toPrecision(2)));
      const heads = Number(this.keys['heads']) + by;
      this.settle({ spectrum: values.join(','), heads: String(Math.max(1, heads)) });
    };
    return [
      element('h3', {}, 'Eigenvalues of the inputs'),
      this.bars.node,
      element('div', { class: 'tools' }, button('one fewer', () => resize(-1)), button('one more', () => resize(1)), element('span', { class: 'remark' }, 'drag the bars, use the arrow keys, or type')),
      attention.node,
      this.number('context $N$', 'context', '31', { least: 1, most: 1000, steps: 300, logarithmic: true, whole: true }),
      this.number('heads $H$', 'heads', '5', { least: 1, most: 16, steps: 15, whole: true }),
      this.number('rank $R$', 'rank', '1', { least: 1, most: 8, steps: 7, whole: true }),
      this.number('initial weights', 'init', '0.01', { least: 1e-4, most: 0.2, steps: 300, logarithmic: true }),
      this.number('label noise $\\sigma^2$', 'noise', '0', { least: 0, most: 1, steps: 100 }),
      this.number('seed', 'seed', '10', { least: 0, most: 1000, steps: 1000, whole: true }),
      this.seedButtons(),
    ];
  }
}
