import type { Figure } from 'plotly.js-cartesian-dist-min';
import { axisAcross, axisUp, breakMarks, labelAbove } from './axes';
import { coloursOf, hasPrediction } from './colours';
import type { Axis, Plot, Series } from './document';
import { crowdOf, isOneOfMany, isOrdered, rowsOf, type Row } from './families';
import { labelsOf, type Label } from './labels';
import { colourLabel, mapTrace, wayMarks } from './map';
import type { Palette } from './palette';
import { along, axisOver, isBent, placed, type AxisView, type Scale } from './scale';
import { escape, fontFamily, shortened, widthOf, withoutShared } from './text';
import { thinLine, thinPoints } from './thinning';

/** What of a plot is looked at. */
export interface View {
  x: AxisView;
  y: AxisView;
  hidden: ReadonlySet<Series>;
  /** The colour that the reader points at; all other coloured series step back. */
  lit?: number | null;
}

export interface Size {
  width: number;
  height: number;
  /** Of the letters, in pixels. */
  font: number;
}

/** A plot as it is drawn: what Plotly takes, and what is left for a legend to say. */
export interface Drawing {
  figure: Figure;
  rows: Row[];
}

/** A plot with its curves thinned and labelled where there is room for that; too many curves become a map with a row a curve. */
export function drawingOf(plot: Plot, view: View, size: Size, palette: Palette): Drawing {
  const rows = rowsOf(plot);
  const crowd = crowdOf(rows);
  return crowd.length > 0 ? mapOf(plot, view, size, palette, rows, crowd) : curvesOf(plot, view, size, palette, rows);
}

function curvesOf(plot: Plot, view: View, size: Size, palette: Palette, rows: Row[]): Drawing {
  const { width, height, font } = size;
  const colours = coloursOf(plot, palette);
  const left = leftMargin(view, font);
  const above = labelAbove(plot.y, width - left, left, font, palette);
  const edge = { l: left, t: above.lines * 1.3 * font + 8, b: bottomMargin(plot, width - left, font), pad: 0 };
  const up: Scale = { ...view.y, pixels: Math.max(1, height - edge.t - edge.b) };
  const across = (right: number): Scale => ({ ...view.x, pixels: Math.max(1, width - left - right) });
  const other = plot.right ? rightOf(plot, plot.right, up.pixels, width, font, palette) : null;
  const labels = other ? [] : labelsOf(plot, rows, view.hidden, across(14), up, font, 0.3 * width);
  const right = other ? 3.9 * font : labels.length > 0 ? 12 + Math.max(...labels.map(({ series }) => widthOf(series.name, font))) : 14;
  const scaleX = across(right);
  return {
    rows: rows.filter((row) => row.series.length > 1 || !labels.some(({ series }) => series === row.series[0])).map((row) => named(row, labels)),
    figure: {
      data: plot.series.map((series, i) => ({
        uid: String(i), // else a random one, and no two exports would be the same
        ...(series.role === 'band' ? band(series, view) : thinned(series, scaleX, series.isRight && other ? other.scale : up)),
        ...(series.isRight && other ? { yaxis: 'y2' } : {}),
        ...style(series, plot, colours.get(series)!, isOneOfMany(series, rows), palette),
        ...(view.lit != null && series.colour !== null && series.colour !== view.lit ? { opacity: 0.12 } : {}),
        type: 'scatter',
        name: escape(series.name),
        visible: !view.hidden.has(series),
        showlegend: false,
      })),
      layout: {
        ...sheet(size, palette),
        margin: { ...edge, r: right },
        xaxis: { ...axisAcross(plot.x, view.x, scaleX.pixels, font, palette), ...spike(palette), unifiedhovertitle: { text: view.x.logarithmic && view.x.zero ? escape(plot.x.label) : `${escape(plot.x.label)} %{x:.6~g}` } },
        yaxis: axisUp(view.y, palette),
        ...(other ? { yaxis2: other.axis } : {}),
        annotations: [above.annotation, ...(other ? [other.label] : []), ...breakMarks(view.x, view.y, palette), ...labels.map((label) => annotationOf(label, up, colours.get(label.series)!, font))],
        hovermode: 'x unified',
      },
    },
  };
}

/** The axis at the right: over all that lies on it, its label at the end of the line of the left one's. */
function rightOf(plot: Plot, axis: Axis, pixels: number, width: number, font: number, palette: Palette): { scale: Scale; axis: Record<string, unknown>; label: Record<string, unknown> } {
  const numbers = plot.series.filter((series) => series.isRight).map((series) => series.y);
  const view = axisOver(numbers, numbers, axis.isLogarithmic, 0.04);
  const { annotation } = labelAbove(axis, width / 2, 0, font, palette);
  return {
    scale: { ...view, pixels },
    axis: { ...axisUp(view, palette), overlaying: 'y', side: 'right', fixedrange: true, tickmode: 'auto', nticks: 6 },
    label: { ...annotation, x: 1, xanchor: 'right', xshift: 3 * font, align: 'right' },
  };
}

/** A row whose curves have no names beside them says which is the first and which the last in the order of its colours. */
function named(row: Row, labels: Label[]): Row {
  const lines = row.series.filter((series) => series.role === 'measured');
  const isTold = !isOrdered(lines) || labels.some(({ series }) => row.series.includes(series));
  return isTold ? row : { ...row, name: `${row.name}: ${lines[0]!.name} … ${lines.at(-1)!.name}` };
}

/** A map of a row a curve and a column a place; over it what theory says of each row's way. What all rows' names begin with stands above them. */
function mapOf(plot: Plot, view: View, size: Size, palette: Palette, rows: Row[], crowd: Series[]): Drawing {
  const { width, font } = size;
  const { shared, rest } = withoutShared(crowd.map(({ name }) => name));
  const names = rest.map((name) => shortened(name, 0.4 * width, font));
  const left = 14 + Math.max(...names.map((name) => widthOf(name, font)));
  const right = 3.2 * font + 28 + 1.3 * font * colourLabel(plot, size).length;
  const pixels = Math.max(1, width - left - right);
  const above = shared ? labelAbove({ ...plot.y, label: shared }, pixels, left, font, palette) : null;
  const marks = wayMarks(plot, crowd, view, palette);
  const bottom = bottomMargin(plot, pixels, font);
  const top = above ? above.lines * 1.3 * font + 8 : 12;
  return {
    rows: rows.filter((row) => row.series.some((series) => marks.some(({ of }) => of === series)))
      .map((row) => ({ ...row, name: `${row.name}: half of the way`, isMarked: true })),
    figure: {
      data: [mapTrace(crowd, plot, view, { ...size, width: pixels }, palette), ...marks.filter(({ of }) => !view.hidden.has(of)).map(({ trace }) => trace)],
      layout: {
        ...sheet(size, palette),
        margin: { l: left, r: right, t: top, b: bottom, pad: 0 },
        xaxis: axisAcross(plot.x, view.x, pixels, font, palette),
        yaxis: {
          ...axisUp({ logarithmic: false, range: [crowd.length - 0.5, -0.5], zero: null }, palette), fixedrange: true, tickmode: 'array',
          ...rowTicks(names, (size.height - top - bottom) / crowd.length, font),
        },
        annotations: [...(above ? [above.annotation] : []), ...breakMarks(view.x, { logarithmic: false, range: [0, 1], zero: null }, palette)],
        hovermode: 'closest',
      },
    },
  };
}

function rowTicks(names: string[], pixels: number, font: number): Record<string, unknown> {
  const every = Math.ceil((1.15 * font) / pixels);
  const shown = names.map((_, i) => i).filter((i) => i % every === 0);
  return { tickvals: shown, ticktext: shown.map((i) => escape(names[i]!)) };
}

function sheet({ width, height, font }: Size, palette: Palette): Record<string, unknown> {
  return {
    width,
    height,
    font: { family: fontFamily, size: font, color: palette.ink },
    paper_bgcolor: palette.background,
    plot_bgcolor: palette.background,
    hoverlabel: { bgcolor: palette.background, bordercolor: palette.faint, font: { color: palette.ink }, namelength: -1 },
    dragmode: matchMedia('(pointer: coarse)').matches ? false : 'zoom', // a finger scrolls the page
  };
}

function annotationOf(label: Label, up: Scale, colour: string, font: number): Record<string, unknown> {
  return {
    text: label.text, xref: 'paper', yref: 'paper', x: 1, y: label.height / up.pixels, xanchor: 'left', yanchor: 'middle', xshift: 4, showarrow: false,
    name: 'label', font: { size: font, color: colour },
  };
}

/** Room for the numbers beside the axis: for the longest that its ends can have, with the decimals that its steps take. */
function leftMargin(view: View, font: number): number {
  const [from, to] = view.y.range;
  if (view.y.logarithmic) {
    const isWide = to - from < 2 && (from < -3 || to > 5); // where numbers between powers are written, too
    return Math.round(isWide ? widthOf('5×10⁻⁴', font) + 14 : 3.9 * font);
  }
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10((to - from) / 4))));
  const longest = Math.max(...[from, to].map((end) => widthOf(end.toFixed(Math.abs(end) >= 1e4 ? 0 : decimals), font)));
  return Math.round(Math.max(3 * font, longest + 14));
}

function bottomMargin(plot: Plot, pixels: number, font: number): number {
  return Math.round(2.6 * font + 1.3 * font * Math.ceil(widthOf(plot.x.label, font) / Math.max(1, pixels)));
}

const cloud = 1000; // points from which on they are dots, for else they cover each other

function style(series: Series, plot: Plot, color: string, isThin: boolean, palette: Palette): Record<string, unknown> {
  const line = (width: number, dash = 'solid', opacity = 1) => ({ mode: 'lines', opacity, line: { color, width, dash, simplify: false } });
  switch (series.role) {
    case 'measured':
      return isThin ? line(1, 'solid', 0.5) : hasPrediction(series, plot) ? line(4, 'solid', 0.6) : line(2);
    case 'measuredPoints':
      return { mode: 'markers', marker: series.x.length > cloud ? { color, size: 2.5 } : { color, size: 7, line: { color: palette.background, width: 1 } } };
    case 'predicted':
      return line(1.75, '7px,4px');
    case 'predictedPlateaus':
      return line(3);
    case 'guide':
      return line(1.25, '2px,3px');
    case 'band':
      return { mode: 'lines', fill: 'toself', fillcolor: `${color}33`, line: { width: 0 }, hoverinfo: 'skip' };
  }
}

function thinned(series: Series, scaleX: Scale, scaleY: Scale): Record<string, unknown> {
  const thin = series.role === 'measuredPoints' ? thinPoints : thinLine;
  const kept = thin(series.x, series.y, scaleX, scaleY);
  const take = (numbers: ArrayLike<number>, axis: AxisView) => kept.map((i) => (i < 0 ? null : placed(numbers[i]!, axis)));
  const bent = isBent(scaleX) || isBent(scaleY);
  return {
    x: take(series.x, scaleX),
    y: take(series.y, scaleY),
    // Between zero and the first power of ten what is drawn is not the number: the pointer reads the number.
    ...(bent ? { customdata: kept.map((i) => (i < 0 ? null : [series.x[i]!, series.y[i]!])), hovertemplate: '%{customdata[1]:.6~g} at %{customdata[0]:.6~g}' } : { hovertemplate: '%{y:.6~g}' }),
  };
}

/** The outline of a band, along its lower edge and back along the upper one; a piece where a number is missing is left out. */
function band(series: Series, view: View): Record<string, unknown> {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const high = series.high ?? series.y;
  for (let from = 0; from < series.x.length; from++) {
    let to = from;
    while (to < series.x.length && [series.x[to]!, series.y[to]!, high[to]!].every((value, i) => Number.isFinite(along(value, i === 0 ? view.x : view.y)))) to++;
    if (to - from > 1) {
      if (x.length > 0) (x.push(null), y.push(null));
      for (let i = from; i < to; i++) (x.push(placed(series.x[i]!, view.x)), y.push(placed(series.y[i]!, view.y)));
      for (let i = to - 1; i >= from; i--) (x.push(placed(series.x[i]!, view.x)), y.push(placed(high[i]!, view.y)));
    }
    from = to;
  }
  return { x, y };
}

function spike(palette: Palette): Record<string, unknown> {
  return { showspikes: true, spikemode: 'across', spikesnap: 'data', spikethickness: 1, spikedash: 'solid', spikecolor: palette.faint };
}
