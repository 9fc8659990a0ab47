/** One direction of a plot: which numbers lie on how many pixels, and how. */
export interface Scale {
  logarithmic: boolean;
  /** The ends, as exponents of ten when logarithmic. */
  range: Range;
  pixels: number;
}

export type Range = [from: number, to: number];

/** Where a number lies, in pixels; not a finite number where it has no place, such as zero on a logarithmic axis. */
export function position(value: number, scale: Scale): number {
  const [from, to] = scale.range;
  return ((along(value, scale.logarithmic) - from) / (to - from)) * scale.pixels;
}

/** A range that shows every number that has a place, with a margin. */
export function rangeOf(arrays: ArrayLike<number>[], logarithmic: boolean, margin: number): Range {
  let from = Infinity;
  let to = -Infinity;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const at = along(array[i]!, logarithmic);
      if (!Number.isFinite(at)) continue;
      if (at < from) from = at;
      if (at > to) to = at;
    }
  }
  if (from > to) return [0, 1];
  const width = to > from ? to - from : logarithmic ? 1 : Math.abs(to) || 1;
  return [from - margin * width, to + margin * width];
}

/** How many numbers have no place on an axis although they are finite. */
export function unplaced(array: ArrayLike<number>, logarithmic: boolean): number {
  let count = 0;
  if (logarithmic) for (let i = 0; i < array.length; i++) if (array[i]! <= 0) count++;
  return count;
}

function along(value: number, logarithmic: boolean): number {
  return logarithmic ? Math.log10(value) : value; // −∞ at zero and NaN below: no place
}
