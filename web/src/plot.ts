import Plotly, { type PlotElement } from 'plotly.js-cartesian-dist-min';
import { csvOf } from './csv';
import type { Plot, Series } from './document';
import { button, element } from './dom';
import { downloads } from './download';
import { crowdOf, rowsOf } from './families';
import { drawingOf, type Size, type View } from './figure';
import { legend } from './legend';
import { plain, prose } from './mathematics';
import { paletteOf } from './palette';
import { pictureOfPlot } from './pictures';
import { axisOver, unplaced, type AxisView, type Range } from './scale';
import { isPrinting, onTheme, theme } from './theme';

const paperWidth = 660; // pixels of CSS between the margins of A4

/** A plot that stands in the page. */
export interface ShownPlot {
  /**
   * Draws other numbers in its place: what is hidden stays hidden, and where the reader has zoomed in, the range stays.
   * @param lit The colour whose series are lit; null lights all.
   */
  replace(next: Plot, lit?: number | null): Promise<void>;
  /** Told the colour of the series that the pointer is nearest to. */
  onPoint(listen: (colour: number | null) => void): void;
}

/** Draws a plot with its legend and buttons into a container, and again whenever its size, its view or the theme changes. */
export async function renderPlot(container: HTMLElement, first: Plot, name: string): Promise<ShownPlot> {
  let all = first;
  let isZoomed = false;
  const groups = groupsOf(all);
  let plot = ofGroup(all, groups[0]);
  const hidden = new Set<Series>();
  const view: View = { x: whole(plot, 'x', plot.x.isLogarithmic), y: whole(plot, 'y', plot.y.isLogarithmic), hidden };
  const frame = element('div', { class: 'frame', tabindex: 0, role: 'img', 'aria-description': 'Plus and minus zoom, arrow keys move, 0 shows all.' });
  const legendBox = element('div', { class: 'legend' });
  const remark = element('p', { class: 'remark', 'aria-live': 'polite' });

  const draw = (): Promise<PlotElement> => {
    frame.setAttribute('aria-label', describe(plot, view));
    remark.textContent = unshown(plot, view);
    const { figure: { data, layout }, rows } = drawingOf(plot, view, sizeOf(frame), paletteOf(theme()));
    legend(legendBox, plot, rows, hidden, () => void draw());
    return Plotly.react(frame, data, layout, { displayModeBar: false, doubleClick: false, showTips: false });
  };
  const show = (x: AxisView, y: AxisView, zoomed = true) => {
    isZoomed = zoomed;
    view.x = x;
    view.y = y;
    void draw();
  };
  const reset = () => show(whole(plot, 'x', view.x.logarithmic), whole(plot, 'y', view.y.logarithmic), false);
  const axisSwitch = (direction: 'x' | 'y', label: string) => {
    const pressed = () => String(view[direction].logarithmic);
    const control = button(label, () => {
      view[direction] = whole(plot, direction, !view[direction].logarithmic);
      control.setAttribute('aria-pressed', pressed());
      void draw();
    }, { 'aria-pressed': pressed(), class: `log-${direction}` });
    return control;
  };

  const pick = element('select', { class: 'pick', 'aria-label': `What the plot ${plain(all.title)} shows` }, ...groups.map((group) => element('option', { value: group }, group)));
  pick.addEventListener('change', () => {
    plot = ofGroup(all, pick.value);
    reset();
  });

  container.append(
    element('figure', { class: 'plot', id: name },
      element('h3', {}, prose(plot.title)),
      ...(groups.length > 0 ? [pick] : []),
      legendBox,
      frame,
      remark,
      element('div', { class: 'tools', role: 'group', 'aria-label': `Tools of the plot ${plain(plot.title)}` },
        axisSwitch('x', 'log x'),
        axisSwitch('y', 'log y'),
        button('whole range', reset, { title: 'Undo zooming. In the plot: drag to zoom, + and − and arrow keys too, 0 or a double click for all.' }),
        downloads(name, (format) => pictureOfPlot(plot, view, name, format), () => csvOf(all)),
      ),
      element('figcaption', {}, prose(plot.caption)),
    ),
  );

  const drawn = await draw();
  drawn.on('plotly_relayout', (changed) => {
    const x = rangeIn(changed, 'xaxis');
    const y = rangeIn(changed, 'yaxis');
    if (x || y) show({ ...view.x, range: x ?? view.x.range }, { ...view.y, range: y ?? view.y.range });
  });
  drawn.on('plotly_doubleclick', reset);
  frame.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = moves[event.key];
    if (!move && event.key !== '0') return;
    event.preventDefault();
    if (move) show(moved(view.x, move.x, move.zoom), moved(view.y, move.y, move.zoom));
    else reset();
  });
  let width = frame.clientWidth;
  new ResizeObserver(() => {
    if (frame.clientWidth === width || frame.clientWidth === 0) return;
    width = frame.clientWidth;
    void draw();
  }).observe(frame);
  onTheme(frame, () => void draw());
  return {
    async replace(next, lit = null) {
      view.lit = lit;
      const names = new Set([...hidden].map((series) => series.name));
      all = next;
      plot = ofGroup(next, groups.length > 0 ? pick.value || groups[0] : undefined);
      hidden.clear();
      for (const series of plot.series) if (names.has(series.name)) hidden.add(series);
      if (!isZoomed) [view.x, view.y] = [whole(plot, 'x', view.x.logarithmic), whole(plot, 'y', view.y.logarithmic)];
      await draw();
    },
    onPoint(listen) {
      drawn.on('plotly_hover', (event) => {
        const { clientY } = event['event'] as MouseEvent;
        const points = event['points'] as { curveNumber: number; y: number; yaxis: { d2p(y: number): number; _offset: number } }[];
        const top = frame.getBoundingClientRect().top;
        const far = points.map(({ y, yaxis }) => Math.abs(yaxis.d2p(y) + yaxis._offset + top - clientY));
        const nearest = points[far.indexOf(Math.min(...far))];
        listen(nearest && Math.min(...far) < 30 ? (plot.series[nearest.curveNumber]?.colour ?? null) : null);
      });
      frame.addEventListener('pointerleave', () => listen(null));
    },
  };
}

/** A plot as it is shown before anybody has picked a group. */
export function shownAtFirst(plot: Plot): Plot {
  return ofGroup(plot, groupsOf(plot)[0]);
}

function groupsOf(plot: Plot): string[] {
  return [...new Set(plot.series.flatMap((series) => series.group ?? []))];
}

/** The plot with the series of one group, and those of none. */
function ofGroup(plot: Plot, group: string | undefined): Plot {
  return { ...plot, series: plot.series.filter((series) => series.group === null || series.group === group) };
}

/** An axis that shows all there is. */
export function whole(plot: Plot, direction: 'x' | 'y', logarithmic: boolean): AxisView {
  const all = direction === 'x' ? plot.series : plot.series.filter((series) => !series.isRight);
  const measured = all.filter((series) => series.role.startsWith('measured'));
  const numbers = (series: Series[]) => series.flatMap((one) => (direction === 'y' && one.high ? [one.y, one.high] : [one[direction]]));
  return axisOver(numbers(all), numbers(direction === 'x' ? measured : all), logarithmic, direction === 'x' ? 0.01 : 0.04);
}

const moves: Record<string, { x: number; y: number; zoom: number } | undefined> = {
  ArrowLeft: { x: -0.1, y: 0, zoom: 1 },
  ArrowRight: { x: 0.1, y: 0, zoom: 1 },
  ArrowUp: { x: 0, y: 0.1, zoom: 1 },
  ArrowDown: { x: 0, y: -0.1, zoom: 1 },
  '+': { x: 0, y: 0, zoom: 0.8 },
  '=': { x: 0, y: 0, zoom: 0.8 }, // + without the shift key
  '-': { x: 0, y: 0, zoom: 1.25 },
};

function moved(axis: AxisView, by: number, zoom: number): AxisView {
  const [from, to] = axis.range;
  const middle = (from + to) / 2 + by * (to - from);
  const half = ((to - from) / 2) * zoom;
  return { ...axis, range: [middle - half, middle + half] };
}

function rangeIn(change: Record<string, unknown>, axis: 'xaxis' | 'yaxis'): Range | null {
  const from = change[`${axis}.range[0]`];
  const to = change[`${axis}.range[1]`];
  return typeof from === 'number' && typeof to === 'number' ? [from, to] : null;
}

function sizeOf(frame: HTMLElement): Size {
  const width = isPrinting() ? paperWidth : Math.max(280, frame.clientWidth);
  return { width, height: Math.round(Math.min(420, Math.max(270, 0.56 * width))), font: 13 };
}

function describe(plot: Plot, view: View): string {
  const kind = (axis: AxisView) => (axis.logarithmic ? 'logarithmic' : 'linear');
  const names = plot.series.filter((series) => !view.hidden.has(series)).map((series) => series.name);
  const isMap = crowdOf(rowsOf(plot)).length > 0;
  return `${isMap ? 'Map' : 'Plot'}: ${plain(plot.title)}. Across: ${plot.x.label}, ${kind(view.x)}. ${isMap ? 'Colour' : 'Up'}: ${plot.y.label}, ${kind(view.y)}. `
    + `${isMap ? 'Rows' : 'Lines'}: ${names.join('; ')}.`;
}

function unshown(plot: Plot, view: View): string {
  let count = 0;
  for (const series of plot.series) {
    count += Math.max(unplaced(series.x, view.x), series.isRight ? 0 : unplaced(series.y, view.y));
  }
  return count === 0 ? '' : `Not on a logarithmic axis: ${count.toLocaleString('en')} ${count === 1 ? 'point' : 'points'} below zero. The CSV has all.`;
}
