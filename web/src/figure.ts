import type { Figure } from 'plotly.js-cartesian-dist-min';
import type { Axis, Plot, Series } from './document';
import type { Palette } from './palette';
import type { Range, Scale } from './scale';
import { thinLine, thinPoints } from './thinning';

/** What of a plot is looked at. */
export interface View {
  x: AxisView;
  y: AxisView;
  hidden: ReadonlySet<Series>;
}

export interface AxisView {
  logarithmic: boolean;
  range: Range;
}

export interface Size {
  width: number;
  height: number;
}

const margin = { l: 64, r: 14, t: 10, b: 50, pad: 0 };
export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

/** A plot as Plotly takes it: the thinned lines in their style, and bare axes. */
export function figureOf(plot: Plot, view: View, size: Size, palette: Palette): Figure {
  const scaleX = scale(view.x, size.width - margin.l - margin.r);
  const scaleY = scale(view.y, size.height - margin.t - margin.b);
  return {
    data: plot.series.map((series, i) => ({
      uid: String(i), // else a random one, and no two exports would be the same
      ...thinned(series, scaleX, scaleY),
      ...style(series, plot, palette),
      type: 'scatter',
      name: escape(series.name),
      visible: !view.hidden.has(series),
      hovertemplate: '%{y:.6~g}',
      showlegend: false,
    })),
    layout: {
      width: size.width,
      height: size.height,
      margin,
      font: { family: fontFamily, size: 13, color: palette.ink },
      paper_bgcolor: palette.background,
      plot_bgcolor: palette.background,
      xaxis: { ...axis(plot.x, view.x, palette), ...spike(palette), unifiedhovertitle: { text: `${escape(plot.x.label)} %{x:.6~g}` } },
      yaxis: axis(plot.y, view.y, palette),
      hovermode: 'x unified',
      hoverlabel: { bgcolor: palette.background, bordercolor: palette.faint, font: { color: palette.ink }, namelength: -1 },
      dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom', // a finger scrolls the page
    },
  };
}

/** The same figure with a legend beside it, to stand on its own. */
export function standaloneFigure(plot: Plot, view: View, size: Size, palette: Palette): Figure {
  const { data, layout } = figureOf(plot, view, size, palette);
  return {
    data: data.map((trace) => ({ ...trace, showlegend: plot.series.length > 1 })),
    layout: { ...layout, legend: { x: 1.02, y: 1, xanchor: 'left', yanchor: 'top', itemwidth: 36, bgcolor: 'rgba(0,0,0,0)' } },
  };
}

/** The colour of each series: its own number, or the first that is still free. */
export function colourOf(series: Series, plot: Plot, palette: Palette): string {
  if (series.role === 'guide' && series.colour === null) return palette.faint;
  const numbers = colourNumbers(plot);
  return palette.series[numbers.get(series)! % palette.series.length]!;
}

/** Whether something predicted in a series' colour is drawn over it. */
export function hasPrediction(series: Series, plot: Plot): boolean {
  const numbers = colourNumbers(plot);
  return plot.series.some((other) => other.role.startsWith('predicted') && numbers.get(other) === numbers.get(series));
}

function colourNumbers(plot: Plot): Map<Series, number> {
  const taken = new Set(plot.series.map((series) => series.colour));
  const numbers = new Map<Series, number>();
  let free = 0;
  for (const series of plot.series) {
    if (series.colour === null) while (taken.has(free)) free++;
    const number = series.colour ?? free;
    taken.add(number);
    numbers.set(series, number);
  }
  return numbers;
}

function style(series: Series, plot: Plot, palette: Palette): Record<string, unknown> {
  const color = colourOf(series, plot, palette);
  const line = (width: number, dash = 'solid', opacity = 1) => ({ mode: 'lines', opacity, line: { color, width, dash, simplify: false } });
  switch (series.role) {
    case 'measured':
      return hasPrediction(series, plot) ? line(4, 'solid', 0.6) : line(2);
    case 'measuredPoints':
      return { mode: 'markers', marker: { color, size: 7, line: { color: palette.background, width: 1 } } };
    case 'predicted':
      return line(1.75, '7px,4px');
    case 'predictedPlateaus':
      return line(3);
    case 'guide':
      return line(1.25, '2px,3px');
  }
}

function thinned(series: Series, scaleX: Scale, scaleY: Scale): { x: (number | null)[]; y: (number | null)[] } {
  const thin = series.role === 'measuredPoints' ? thinPoints : thinLine;
  const kept = thin(series.x, series.y, scaleX, scaleY);
  const take = (numbers: ArrayLike<number>) => kept.map((i) => (i < 0 ? null : numbers[i]!));
  return { x: take(series.x), y: take(series.y) };
}

function scale(view: AxisView, pixels: number): Scale {
  return { ...view, pixels: Math.max(1, pixels) };
}

function axis(axis: Axis, view: AxisView, palette: Palette): Record<string, unknown> {
  return {
    title: { text: escape(axis.label), standoff: 10 },
    type: view.logarithmic ? 'log' : 'linear',
    range: [...view.range],
    autorange: false,
    automargin: true,
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: palette.ink,
    ticks: 'outside',
    ticklen: 5,
    tickcolor: palette.ink,
    exponentformat: 'power',
    minexponent: 4,
    nticks: 8,
    ...(view.logarithmic ? decades(view.range, palette) : {}),
  };
}

/** Ticks at powers of ten, all written as such; nothing where so few are in sight that ordinary numbers tell more. */
function decades([from, to]: Range, palette: Palette): Record<string, unknown> {
  if (to - from < 2) return {};
  const exponents = Array.from({ length: Math.floor(to) - Math.ceil(from) + 1 }, (_, i) => Math.ceil(from) + i);
  const every = Math.ceil(exponents.length / 8);
  const labelled = exponents.filter((exponent) => exponent % every === 0);
  const between = every > 1 ? exponents.map((exponent) => 10 ** exponent) : [exponents[0]! - 1, ...exponents].flatMap((exponent) => [2, 3, 4, 5, 6, 7, 8, 9].map((digit) => digit * 10 ** exponent));
  return {
    tickmode: 'array',
    tickvals: labelled.map((exponent) => 10 ** exponent),
    ticktext: labelled.map((exponent) => `10${superscript(exponent)}`),
    minor: { tickmode: 'array', tickvals: between, ticks: 'outside', ticklen: 3, tickcolor: palette.ink },
  };
}

function superscript(exponent: number): string {
  return [...String(exponent)].map((character) => (character === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)])).join('');
}

function spike(palette: Palette): Record<string, unknown> {
  return { showspikes: true, spikemode: 'across', spikesnap: 'data', spikethickness: 1, spikedash: 'solid', spikecolor: palette.faint };
}

/** Plotly reads some markup in its texts; ours has none. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
