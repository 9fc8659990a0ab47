import type { Plot, Series } from './document';
import { button, svg } from './dom';
import { colourOf, hasPrediction } from './figure';
import { paletteOf } from './palette';
import { theme } from './theme';

/** A button for each series that shows it or hides it. */
export function legend(container: HTMLElement, plot: Plot, hidden: Set<Series>, redraw: () => void): void {
  container.replaceChildren(
    ...plot.series.map((series) => {
      const item = button('', () => {
        if (!hidden.delete(series)) hidden.add(series);
        item.setAttribute('aria-pressed', String(!hidden.has(series)));
        redraw();
      }, { 'aria-pressed': String(!hidden.has(series)) });
      item.append(sample(series, plot), series.name);
      return item;
    }),
  );
}

function sample(series: Series, plot: Plot): SVGSVGElement {
  const stroke = colourOf(series, plot, paletteOf(theme()));
  const line = (width: number, dashes = '', opacity = 1) =>
    svg('path', { d: 'M1 6H27', stroke, 'stroke-width': width, 'stroke-dasharray': dashes, opacity, fill: 'none' });
  const marks = {
    measured: () => (hasPrediction(series, plot) ? line(4, '', 0.6) : line(2)),
    measuredPoints: () => svg('circle', { cx: 14, cy: 6, r: 3.5, fill: stroke }),
    predicted: () => line(1.75, '7 4'),
    predictedPlateaus: () => line(3),
    guide: () => line(1.25, '2 3'),
  };
  return svg('svg', { width: 28, height: 12, viewBox: '0 0 28 12', 'aria-hidden': 'true' }, marks[series.role]());
}
