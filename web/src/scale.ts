/** How numbers lie along one direction of a plot. */
export interface AxisView {
  logarithmic: boolean;
  /** The ends, as exponents of ten when logarithmic. */
  range: Range;
  /** Where zero lies when logarithmic; null where there is none to show. */
  zero: Zero | null;
}

/** From the least number that lies on the logarithmic scale, a straight piece leads to zero, so many decades further on. */
export interface Zero {
  least: number;
  gap: number;
}

/** One direction of a plot: which numbers lie on how many pixels, and how. */
export interface Scale extends AxisView {
  pixels: number;
}

export type Range = [from: number, to: number];

/** Where a number lies, in pixels; not a finite number where it has no place, such as one below zero on a logarithmic axis. */
export function position(value: number, scale: Scale): number {
  const [from, to] = scale.range;
  return ((along(value, scale) - from) / (to - from)) * scale.pixels;
}

/** Where a number lies along an axis: an exponent of ten when logarithmic; not a finite number where it has no place. */
export function along(value: number, { logarithmic, zero }: AxisView): number {
  if (!logarithmic) return value;
  if (!zero || value >= zero.least) return Math.log10(value);
  return value >= 0 ? Math.log10(zero.least) - zero.gap * (1 - value / zero.least) : NaN;
}

/** The number that lies at a place along an axis. */
export function at(place: number, { logarithmic, zero }: AxisView): number {
  if (!logarithmic) return place;
  if (!zero || place >= Math.log10(zero.least)) return 10 ** place;
  return zero.least * (1 - (Math.log10(zero.least) - place) / zero.gap);
}

/** Whether zero has a place on a logarithmic axis, so that a part of it is not logarithmic. */
export function isBent(axis: AxisView): boolean {
  return axis.logarithmic && axis.zero !== null;
}

/** The number that a program which knows nothing of that part has to be told for another to come to lie in its place. */
export function placed(value: number, axis: AxisView): number {
  return isBent(axis) ? 10 ** along(value, axis) : value;
}

/**
 * An axis that shows every number that has a place, with a margin.
 *
 * @param scaled The numbers whose least one above zero ends the logarithmic part; what lies between it and zero lies on a straight piece. A
 * theory that is known at any small time must not push what was measured into a corner.
 */
export function axisOver(arrays: ArrayLike<number>[], scaled: ArrayLike<number>[], logarithmic: boolean, margin: number): AxisView {
  const zero = logarithmic ? zeroOf(arrays, scaled) : null;
  let from = Infinity;
  let to = -Infinity;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const place = along(array[i]!, { logarithmic, range: [0, 1], zero });
      if (!Number.isFinite(place)) continue;
      if (place < from) from = place;
      if (place > to) to = place;
    }
  }
  if (from > to) return { logarithmic, range: [0, 1], zero };
  const width = to > from ? to - from : logarithmic ? 1 : Math.abs(to) || 1;
  return { logarithmic, range: [from - margin * width, to + margin * width], zero };
}

/** How many numbers have no place on an axis although they are finite. */
export function unplaced(array: ArrayLike<number>, axis: AxisView): number {
  let count = 0;
  if (axis.logarithmic) for (let i = 0; i < array.length; i++) if (axis.zero ? array[i]! < 0 : array[i]! <= 0) count++;
  return count;
}

function zeroOf(arrays: ArrayLike<number>[], scaled: ArrayLike<number>[]): Zero | null {
  const positive = (array: ArrayLike<number>): number[] => {
    let least = Infinity;
    let most = 0;
    for (let i = 0; i < array.length; i++) {
      const value = array[i]!;
      if (value > 0 && value < least) least = value;
      if (value > most && value < Infinity) most = value;
    }
    return least < Infinity ? [least, most] : [];
  };
  const ends = scaled.flatMap(positive);
  if (ends.length === 0) ends.push(...arrays.flatMap(positive));
  if (ends.length === 0) return null;
  const least = Math.min(...ends);
  const below = (value: number) => value >= 0 && value < least;
  if (!arrays.some((array) => Array.prototype.some.call(array, below))) return null;
  return { least, gap: Math.max(0.2, 0.09 * Math.log10(Math.max(...ends) / least)) };
}
