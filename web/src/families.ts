import type { Plot, Series, SeriesRole } from './document';
import { withoutShared } from './text';

/** As many curves an eye tells apart, and as many rows a legend may have; more become a map or share a row. */
export const most = 12;

/** A row of a legend: a family of series, or one on its own. */
export interface Row {
  name: string;
  series: Series[];
  /** Whether it is drawn as marks in a map. */
  isMarked?: boolean;
}

const byRole: Record<SeriesRole, string> = {
  measured: 'measured',
  measuredPoints: 'measured, points',
  predicted: 'predicted',
  predictedPlateaus: 'predicted plateaus',
  guide: 'guides',
  band: 'bands',
};

/** The rows of a plot's legend. Where there would be too many, what belongs to no family shares a row with all of its role. */
export function rowsOf(plot: Plot): Row[] {
  const rows = rowsBy(plot, (series) => series.family ?? alike(series));
  return rows.length <= most ? rows : rowsBy(plot, (series) => series.family ?? byRole[series.role]);
}

/** The measured lines of a row that are too many to be drawn as lines; none where it is not so. */
export function crowdOf(rows: Row[]): Series[] {
  return rows.flatMap(({ series }) => {
    const lines = series.filter((one) => one.role === 'measured');
    return lines.length > most && isOrdered(lines) ? lines : [];
  });
}

/** Whether the colours of series are places in an order. */
export function isOrdered(series: Series[]): boolean {
  return new Set(series.map((one) => one.colour)).size > 1 || (series.length > 1 && series[0]!.colour === null);
}

/** Lines of a family that share one colour, such as seeds, and are thin because a band says the same or they are many. */
export function isOneOfMany(series: Series, rows: Row[]): boolean {
  const lines = rows.find((row) => row.series.includes(series))?.series.filter((one) => one.role === 'measured') ?? [];
  const hasBand = rows.some((row) => row.series.some((one) => one.role === 'band'));
  return series.role === 'measured' && lines.length > (hasBand ? 1 : 6) && !isOrdered(lines);
}

/** What no eye can tell apart belongs together: the lines of one kind that were given one colour, such as seeds; all others stand alone. */
function alike(series: Series): string {
  return series.colour !== null && (series.role === 'measured' || series.role === 'predicted') ? `\n${series.role} ${series.colour}` : `\n${series.name}`;
}

function rowsBy(plot: Plot, key: (series: Series) => string): Row[] {
  const rows = Map.groupBy(plot.series, key);
  return [...rows].map(([name, series]) => ({ name: name.startsWith('\n') ? nameOf(series) : name, series })); // no family's name begins so
}

/** The name of a series; of several the words that they share, the first and the last. */
function nameOf(series: Series[]): string {
  if (series.length === 1) return series[0]!.name;
  const { shared, rest } = withoutShared(series.map(({ name }) => name));
  return `${shared ? `${shared}: ` : ''}${rest[0]} … ${rest.at(-1)}`;
}
