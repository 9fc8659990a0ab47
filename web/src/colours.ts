import type { Plot, Series } from './document';
import { isOrdered, rowsOf } from './families';
import { mixed, sequential, type Palette } from './palette';

/**
 * The colour of every series. Those of an ordered family take theirs from one sequential palette, by their place in the order; all others have a
 * hue of their own. What is predicted has the colour of what was measured, half way to that of ink: another colour, and the darker one in grey.
 */
export function coloursOf(plot: Plot, palette: Palette): Map<Series, string> {
  const places = placesOf(plot);
  const order = [...new Set(places.values())].sort((a, b) => a - b);
  const hues = huesOf(plot.series.filter((series) => !places.has(series)));
  const colours = new Map<Series, string>();
  for (const series of plot.series) {
    const place = places.get(series);
    const hue = place === undefined ? palette.series[hues.get(series)! % palette.series.length]! : sequential(order.indexOf(place) / Math.max(1, order.length - 1), palette);
    colours.set(series, series.role === 'guide' && series.colour === null ? palette.faint : series.role.startsWith('predicted') && isMeasured(plot, series, places, hues) ? mixed(hue, palette.ink, 0.5) : hue);
  }
  return colours;
}

/** Whether something predicted is drawn over a series. */
export function hasPrediction(series: Series, plot: Plot): boolean {
  return series.colour !== null && plot.series.some((other) => other.role.startsWith('predicted') && other.colour === series.colour);
}

function isMeasured(plot: Plot, series: Series, places: Map<Series, number>, hues: Map<Series, number>): boolean {
  const number = (one: Series) => places.get(one) ?? hues.get(one);
  return plot.series.some((other) => other.role.startsWith('measured') && number(other) === number(series));
}

function placesOf(plot: Plot): Map<Series, number> {
  const places = new Map<Series, number>();
  for (const { series } of rowsOf(plot)) {
    if (series.length > 1 && isOrdered(series)) series.forEach((one, i) => places.set(one, one.colour ?? i));
  }
  return places;
}

function huesOf(all: Series[]): Map<Series, number> {
  const taken = new Set(all.map((series) => series.colour));
  const hues = new Map<Series, number>();
  let free = 0;
  for (const series of all) {
    if (series.colour === null) while (taken.has(free)) free++;
    const hue = series.colour ?? free;
    taken.add(hue);
    hues.set(series, hue);
  }
  return hues;
}
