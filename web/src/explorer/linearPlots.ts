import type { Plot, Series, SeriesRole } from '../document';
import type { Theory } from './engine';

/** Rows of a training as they come. */
export interface Course {
  name: string;
  time: number[];
  loss: number[];
  /** [component][row]. */
  strengths: number[][];
}

/** A place in time that is marked, and a component that is lit. */
export interface Marks {
  time: number | null;
  lit: number | null;
}

function series(name: string, role: SeriesRole, x: ArrayLike<number>, y: ArrayLike<number>, colour: number | null): Series {
  return { name, role, x, y, colour, group: null, family: null, high: null, isRight: false };
}

/** The loss that theory predicts, with its plateaus, up to a time. */
export function predictedLoss(theory: Theory, end: number): Series[] {
  const inside = theory.time.filter((t) => t <= end).length;
  const strokes = theory.plateaus.filter((plateau) => plateau.start < end).flatMap((plateau) => [[plateau.start, plateau.loss], [Math.min(plateau.end ?? end, end), plateau.loss], [NaN, NaN]]);
  return [
    series('theory, from the initial weights alone', 'predicted', theory.time.subarray(0, inside), theory.loss.subarray(0, inside), 0),
    series('predicted plateaus', 'predictedPlateaus', strokes.map(([x]) => x!), strokes.map(([, y]) => y!), 0),
  ];
}

/** The strengths that theory predicts, up to a time. */
export function predictedStrengths(theory: Theory, end: number): Series[] {
  const inside = theory.time.filter((t) => t <= end).length;
  const x = theory.time.subarray(0, inside);
  return theory.strengths.map(({ component, strength }) => series(`predicted m${component + 1}`, 'predicted', x, strength.subarray(0, inside), component));
}

/** Drops that lie further apart than this are not seen beside each other on a linear axis. */
export function spreads(theory: Theory): boolean {
  const times = theory.drops.map((drop) => drop.time);
  return times.length > 1 && Math.max(...times) > 100 * Math.min(...times);
}

export function lossPlot(theory: Theory, flow: Course | null, sample: Course | null, ghost: Theory | null, marks: Marks): Plot {
  const all: Series[] = [];
  if (ghost && !ghost.noTheory) all.push(series('the setting before', 'guide', ghost.time, ghost.loss, null));
  if (flow) all.push(series(flow.name, 'measured', flow.time, flow.loss, 0));
  if (sample) all.push(series(sample.name, 'measured', sample.time, sample.loss, 1));
  if (!theory.noTheory) {
    all.push(...predictedLoss(theory, theory.end));
    for (const drop of theory.drops.filter((one) => marks.lit !== null && one.components.includes(marks.lit))) {
      all.push(series(`drop of component ${marks.lit! + 1}`, 'guide', [drop.time, drop.time], [0, theory.zeroLoss], null));
    }
  }
  const top = theory.noTheory ? (flow?.loss[0] ?? 1) : theory.zeroLoss;
  if (marks.time !== null) all.push(series('the time looked at', 'guide', [marks.time, marks.time], [0, top], null));
  return {
    id: 'loss', title: 'Loss', x: { label: 'time of the gradient flow', isLogarithmic: !theory.noTheory && spreads(theory) }, y: { label: 'loss', isLogarithmic: false },
    right: null, series: all,
    caption: 'Dashed: the curve that theory predicts from the initial weights alone. Bars: predicted plateaus. Solid: trained in your browser.',
  };
}

export function strengthPlot(theory: Theory, flow: Course | null, time: number | null): Plot {
  const all: Series[] = [];
  flow?.strengths.forEach((values, d) => all.push(series(`m${d + 1}`, 'measured', flow.time, values, d)));
  if (!theory.noTheory) all.push(...predictedStrengths(theory, theory.end));
  if (time !== null) all.push(series('the time looked at', 'guide', [time, time], [0, Math.max(...(theory.fullStrengths ?? [1]))], null));
  return {
    id: 'strengths', title: 'How much of each component is learned', x: { label: 'time of the gradient flow', isLogarithmic: !theory.noTheory && spreads(theory) },
    y: { label: 'strength m', isLogarithmic: false }, right: null, series: all,
    caption: '$m_d = e_d^\\top M e_d$, where $\\hat y = \\beta^\\top M x_q$ and $e_d$ is the d-th eigenvector of the inputs.',
  };
}
