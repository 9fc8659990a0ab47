import type { Plot, Series } from './document';
import { isOneOfMany, most, type Row } from './families';
import { position, type Scale } from './scale';
import { escape, widthOf } from './text';

/** A curve's name beside its end. */
export interface Label {
  series: Series;
  text: string;
  /** From the lower end of the axis, in pixels. */
  height: number;
}

const farthest = 0.75; // of a line: a name may be moved so far from its curve

/**
 * Names to write beside the ends of curves instead of into a legend: those of the measured lines, or of all lines where none belongs to a family.
 * None where the ends lie so close that a name could not stand by its own curve, or where the names would take the room of the curves.
 *
 * @param y The scale that the names are placed on.
 */
export function labelsOf(plot: Plot, rows: Row[], hidden: ReadonlySet<Series>, x: Scale, y: Scale, size: number, room: number): Label[] {
  const inFamilies = rows.some((row) => row.series.length > 1);
  const wanted = plot.series.filter((series) => !hidden.has(series)
    && !isOneOfMany(series, rows) && (series.role === 'measured' || (!inFamilies && series.role === 'predicted')));
  if (wanted.length < 2 || wanted.length > most || (!inFamilies && wanted.length < plot.series.length - hidden.size)) return [];
  const labels: Label[] = [];
  for (const series of wanted) {
    const height = endOf(series, x, y);
    if (height === null || widthOf(series.name, size) > room) return [];
    labels.push({ series, text: escape(series.name), height });
  }
  labels.sort((a, b) => a.height - b.height);
  const line = 1.2 * size;
  const moved = spread(labels.map(({ height }) => height), line, y.pixels);
  if (labels.some((label, i) => Math.abs(label.height - moved[i]!) > farthest * line)) return [];
  return labels.map((label, i) => ({ ...label, height: moved[i]! }));
}

/** Where a line ends at the right of what is seen; null where that is outside. */
function endOf(series: Series, x: Scale, y: Scale): number | null {
  for (let i = series.x.length - 1; i >= 0; i--) {
    const across = position(series.x[i]!, x);
    const up = position(series.y[i]!, y);
    if (!Number.isFinite(across) || !Number.isFinite(up) || across > x.pixels + 1) continue;
    return across < 0.85 * x.pixels || up < 0 || up > y.pixels ? null : up; // a name far from its end is nobody's
  }
  return null;
}

/** Ascending heights moved apart to lie at least a line from each other, each as little as that takes. */
function spread(heights: number[], line: number, pixels: number): number[] {
  const moved = [...heights];
  for (let round = 0; round < 50; round++) {
    for (let i = 1; i < moved.length; i++) {
      const lack = line - (moved[i]! - moved[i - 1]!);
      if (lack <= 0) continue;
      moved[i - 1]! -= lack / 2;
      moved[i]! += lack / 2;
    }
    moved.forEach((height, i) => (moved[i] = Math.min(pixels, Math.max(0, height))));
  }
  return moved;
}
