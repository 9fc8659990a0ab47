import { coloursOf, hasPrediction } from './colours';
import type { Plot, Series, SeriesRole } from './document';
import { button, svg } from './dom';
import { isOneOfMany, isOrdered, rowsOf, type Row } from './families';
import { paletteOf } from './palette';
import { theme } from './theme';

/** A button for each row that shows its series or hides them. */
export function legend(container: HTMLElement, plot: Plot, rows: Row[], hidden: Set<Series>, redraw: () => void): void {
  const colours = coloursOf(plot, paletteOf(theme()));
  const at = [...container.children].indexOf(document.activeElement ?? container);
  container.replaceChildren(
    ...rows.map((row) => {
      const isShown = row.series.some((series) => !hidden.has(series));
      const item = button('', () => {
        for (const series of row.series) isShown ? hidden.add(series) : hidden.delete(series);
        redraw();
      }, { 'aria-pressed': String(isShown) });
      item.append(sample(row, plot, colours), row.name);
      return item;
    }),
  );
  (container.children[at] as HTMLElement | undefined)?.focus(); // what was pressed was replaced
}

/** How a row's series look: a stroke in their colour, or in the colours of their order from the first to the last. */
export function sample({ series, isMarked }: Row, plot: Plot, colours: Map<Series, string>): SVGSVGElement {
  const shown = (series.find((one) => one.role !== 'band') ?? series[0])!;
  const alike = series.filter((one) => one.role === shown.role);
  const strokes = isOrdered(alike) && alike.length > 1 ? [...new Set(alike.map((one) => colours.get(one)!))] : [colours.get(shown)!];
  const width = 26 / strokes.length;
  const line = (thickness: number, dash = '', opacity = 1) => strokes.map((stroke, i) =>
    svg('path', { d: `M${1 + i * width} 6h${width}`, stroke, 'stroke-width': thickness, 'stroke-dasharray': strokes.length > 1 && dash !== '2 3' ? '' : dash, opacity, fill: 'none' }));
  const marks: Record<SeriesRole, () => SVGElement[]> = {
    measured: () => (isOneOfMany(shown, rowsOf(plot)) ? line(1, '', 0.7) : hasPrediction(shown, plot) ? line(4, '', 0.6) : line(2)),
    measuredPoints: () => strokes.map((fill, i) => svg('circle', { cx: 1 + (i + 0.5) * width, cy: 6, r: Math.min(3.5, width), fill })),
    predicted: () => (strokes.length > 1 ? strokes.filter((_, i) => i % 2 === 0).map((stroke, i) => svg('path', { d: `M${1 + 2 * i * width} 6h${width}`, stroke, 'stroke-width': 1.75 })) : line(1.75, '7 4')),
    predictedPlateaus: () => line(3),
    guide: () => line(1.25, '2 3'),
    band: () => line(9, '', 0.3),
  };
  const under = series.some((one) => one.role === 'band') && shown.role !== 'band' ? [svg('path', { d: 'M1 6H27', stroke: strokes[0]!, 'stroke-width': 10, opacity: 0.2 })] : [];
  return svg('svg', { width: 28, height: 12, viewBox: '0 0 28 12', 'aria-hidden': 'true' },
    ...(isMarked ? [svg('circle', { cx: 14, cy: 6, r: 4, fill: 'none', stroke: paletteOf(theme()).ink, 'stroke-width': 2 })] : [...under, ...marks[shown.role]()]));
}
