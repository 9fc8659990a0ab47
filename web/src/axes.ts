import type { Axis } from './document';
import type { Palette } from './palette';
import { along, type AxisView } from './scale';
import { escape, wrapped } from './text';

type Options = Record<string, unknown>;

/** A horizontal axis as Plotly takes it: bare, with its label below. */
export function axisAcross(axis: Axis, view: AxisView, pixels: number, size: number, palette: Palette): Options {
  const title = wrapped(axis.label, pixels, size).map(escape).join('<br>');
  return { ...bare(view, palette), title: { text: title, standoff: 8, font: { size } }, nticks: Math.max(3, Math.round(pixels / (6 * size))) };
}

/** A vertical axis; its label stands above it, where it can be read and nothing cuts it off. */
export function axisUp(view: AxisView, palette: Palette): Options {
  return { ...bare(view, palette), nticks: 8, ticklabeloverflow: 'allow' }; // else Plotly measures them, too; there is room (leftMargin)
}

/** The lines of a label above an axis, and what Plotly draws of them. */
export function labelAbove(axis: Axis, pixels: number, left: number, size: number, palette: Palette): { lines: number; annotation: Options } {
  const lines = wrapped(axis.label, pixels + left - size, size);
  return {
    lines: lines.length,
    annotation: {
      text: lines.map(escape).join('<br>'), xref: 'paper', yref: 'paper', x: 0, y: 1, xanchor: 'left', yanchor: 'bottom', xshift: -left + size / 2,
      yshift: 0.4 * size, showarrow: false, align: 'left', font: { size, color: palette.ink },
    },
  };
}

/** What marks that a logarithmic axis goes on to zero: two strokes across it. */
export function breakMarks(x: AxisView, y: AxisView, palette: Palette): Options[] {
  const mark = (axis: AxisView, place: Options, angle: number): Options[] => {
    if (!axis.logarithmic || !axis.zero) return [];
    const middle = Math.log10(axis.zero.least) - 0.5 * axis.zero.gap;
    if (middle < axis.range[0] || middle > axis.range[1]) return [];
    const share = (middle - axis.range[0]) / (axis.range[1] - axis.range[0]);
    return [{ text: '//', textangle: angle, showarrow: false, font: { color: palette.ink, size: 11 }, xref: 'paper', yref: 'paper', ...place, [place['x'] === undefined ? 'x' : 'y']: share }];
  };
  return [...mark(x, { y: 0, yanchor: 'middle', xanchor: 'center' }, 0), ...mark(y, { x: 0, xanchor: 'center', yanchor: 'middle' }, 90)];
}

function bare(view: AxisView, palette: Palette): Options {
  return {
    type: view.logarithmic ? 'log' : 'linear',
    range: [...view.range],
    autorange: false,
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: palette.ink,
    ticks: 'outside',
    ticklen: 5,
    tickcolor: palette.ink,
    tickangle: 0, // else Plotly measures every label each time it draws
    ...(isPlain(view) ? { exponentformat: 'none', separatethousands: true } : { exponentformat: 'power', minexponent: 4 }),
    ...(view.logarithmic ? logarithmicTicks(view, palette) : {}),
  };
}

/** Whether numbers are written out: such as 140,000, but not 140,000,000. */
function isPlain({ range }: AxisView): boolean {
  const most = Math.max(...range.map(Math.abs));
  return most >= 1e-3 && most < 1e7;
}

/** Ticks at powers of ten, all written as such, or at 1, 2 and 5 where few powers are in sight; and at zero where it has its place. */
function logarithmicTicks(view: AxisView, palette: Palette): Options {
  const [from, to] = view.range;
  const begin = view.zero ? Math.max(from, Math.log10(view.zero.least) - 1e-9) : from;
  const few = to - begin < 2;
  const exponents = Array.from({ length: Math.max(0, Math.floor(to) - Math.floor(begin) + 1) }, (_, i) => Math.floor(begin) + i);
  const inSight = (value: number) => Math.log10(value) >= begin && Math.log10(value) <= to;
  const every = Math.ceil((to - begin) / 8);
  const digits = (of: number[]) => exponents.flatMap((exponent) => of.map((digit) => digit * 10 ** exponent)).filter(inSight);
  const labelled = few
    ? [[1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8]].map(digits).find((values) => values.length > 1) ?? []
    : exponents.filter((exponent) => exponent % every === 0).map((exponent) => 10 ** exponent).filter(inSight);
  if (few && !view.zero && labelled.length < 2) return {}; // so narrow that the ticks of a linear axis do
  const between = every > 1 ? exponents.map((exponent) => 10 ** exponent) : exponents.flatMap((exponent) => [2, 3, 4, 5, 6, 7, 8, 9].map((digit) => digit * 10 ** exponent));
  const zero = view.zero ? [10 ** along(0, view)] : [];
  return {
    tickmode: 'array',
    tickvals: [...zero, ...labelled],
    ticktext: [...zero.map(() => '0'), ...labelled.map(few ? plainNumber : power)],
    minor: { tickmode: 'array', tickvals: between.filter(inSight), ticks: 'outside', ticklen: 3, tickcolor: palette.ink },
  };
}

function plainNumber(value: number): string {
  return value >= 1e-3 && value < 1e5 ? String(Number(value.toPrecision(3))) : `${Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(2))}×${power(10 ** Math.floor(Math.log10(value) + 1e-9))}`;
}

function power(value: number): string {
  const digits = String(Math.round(Math.log10(value)));
  return `10${[...digits].map((character) => (character === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)])).join('')}`;
}
