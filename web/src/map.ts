import type { Plot, Series } from './document';
import type { Size, View } from './figure';
import type { Palette } from './palette';
import { at, placed } from './scale';
import { escape, wrapped } from './text';

type Options = Record<string, unknown>;

const columnWidth = 2; // pixels

/** Curves as rows of coloured cells: a column for every two pixels, in the cells the values there by straight lines between points. */
export function mapTrace(crowd: Series[], plot: Plot, view: View, size: Size, palette: Palette): Options {
  const count = Math.max(2, Math.ceil(size.width / columnWidth));
  const [from, to] = view.x.range;
  const places = Array.from({ length: count }, (_, i) => from + ((i + 0.5) / count) * (to - from));
  const numbers = places.map((place) => at(place, view.x));
  const values = crowd.map((series) => numbers.map((x) => interpolated(series, x)));
  const shown = view.y.logarithmic ? values.map((row) => row.map((value) => (value > 0 ? Math.log10(value) : NaN))) : values;
  return {
    type: 'heatmap',
    uid: 'map',
    x: places.map((place) => (view.x.logarithmic ? 10 ** place : place)),
    y: crowd.map((_, i) => i),
    z: shown.map((row) => row.map((value) => (Number.isFinite(value) ? value : null))),
    customdata: values.map((row, i) => row.map((value, j) => [escape(crowd[i]!.name), numbers[j]!, value])),
    hovertemplate: `%{customdata[0]}<br>${escape(plot.x.label)} %{customdata[1]:.4~g}<br>${escape(plot.y.label)} %{customdata[2]:.4~g}<extra></extra>`,
    colorscale: palette.values.map((colour, i) => [i / (palette.values.length - 1), colour]),
    colorbar: {
      title: { text: colourLabel(plot, size).map(escape).join('<br>'), side: 'right', font: { size: size.font } }, thickness: 10, outlinewidth: 0, x: 1.01, xpad: 4, exponentformat: 'power',
      ...(view.y.logarithmic ? { tickprefix: '10^', dtick: 1 } : {}),
    },
  };
}

/** The lines of what the colours say, along a bar that is as high as the map. */
export function colourLabel(plot: Plot, { height, font }: Size): string[] {
  return wrapped(plot.y.label, 0.6 * height, font);
}

/** For each predicted series of a row's order, a mark where it has come half of its way, from its first to its last value. */
export function wayMarks(plot: Plot, crowd: Series[], view: View, palette: Palette): { of: Series; trace: Options }[] {
  const wayOf = (series: Series) => Math.abs(series.y[series.y.length - 1]! - series.y[0]!);
  const least = 0.02 * Math.max(...plot.series.filter((series) => series.role === 'predicted').map(wayOf)); // what stands still has no way to go
  return plot.series.flatMap((series) => {
    const row = crowd.findIndex((one) => one.colour === series.colour);
    const half = series.role === 'predicted' && row >= 0 && wayOf(series) > least ? halfWay(series) : NaN;
    if (!Number.isFinite(half)) return [];
    return [{
      of: series,
      trace: {
        type: 'scatter', uid: `half-${row}`, mode: 'markers', cliponaxis: false, x: [placed(half, view.x)], y: [row], showlegend: false, name: escape(series.name),
        marker: { symbol: 'circle-open', size: 7, color: palette.ink, line: { width: 2 } }, hovertemplate: `${escape(series.name)}, half way: ${half.toPrecision(4)}<extra></extra>`,
      },
    }];
  });
}

function halfWay(series: Series): number {
  const middle = (series.y[0]! + series.y[series.y.length - 1]!) / 2;
  for (let i = 1; i < series.x.length; i++) {
    const [a, b] = [series.y[i - 1]! - middle, series.y[i]! - middle];
    if (a !== b && a * b <= 0) return series.x[i - 1]! + (a / (a - b)) * (series.x[i]! - series.x[i - 1]!);
  }
  return NaN;
}

function interpolated({ x, y }: Series, where: number): number {
  let low = 0;
  let high = x.length - 1;
  if (high < 0 || !(where >= x[0]!) || where > x[high]!) return NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= where) low = middle;
    else high = middle;
  }
  const share = x[high]! > x[low]! ? (where - x[low]!) / (x[high]! - x[low]!) : 0;
  return y[low]! + share * (y[high]! - y[low]!);
}
