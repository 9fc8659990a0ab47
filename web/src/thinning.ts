import { position, type Scale } from './scale';

/** Beyond this distance from the drawn line, in pixels, no point of the data lies (the two steps below add up to it). */
export const greatestError = 0.45;
const columnWidth = 0.25;
const tolerance = greatestError - columnWidth;

/** As long as there are data, drawn points lie no further apart than this: the pointer reads off drawn points, each of which is one of the data. */
const greatestGap = 6;

/**
 * The points of a line that have to be drawn for it to look like all of them, at the present scales: their indices, with −1 between two strokes.
 * A stroke ends where a number is not finite or has no place on its axis.
 *
 * First the first, lowest, highest and last point of every quarter of a pixel, which bounds the work by the width of the picture; then Ramer,
 * Douglas and Peucker's algorithm in pixels, which leaves of a plateau its ends and of a drop its corners. What lies outside the picture is left
 * out up to one point on each side, so that lines leave it in the right direction.
 */
export function thinLine(x: ArrayLike<number>, y: ArrayLike<number>, scaleX: Scale, scaleY: Scale): number[] {
  const kept: number[] = [];
  for (const stroke of strokes(x, y, scaleX, scaleY)) {
    if (kept.length > 0) kept.push(-1);
    for (const i of simplify(extremesOfColumns(visible(stroke, scaleX.pixels)))) kept.push(i);
  }
  return kept;
}

/** The points of a scatter that have to be drawn: one for every half pixel that has some. */
export function thinPoints(x: ArrayLike<number>, y: ArrayLike<number>, scaleX: Scale, scaleY: Scale): number[] {
  const taken = new Set<string>();
  const kept: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const at = position(x[i]!, scaleX);
    const height = position(y[i]!, scaleY);
    const cell = `${Math.round(2 * at)} ${Math.round(2 * height)}`;
    if (!Number.isFinite(at) || !Number.isFinite(height) || taken.has(cell)) continue;
    taken.add(cell);
    kept.push(i);
  }
  return kept;
}

interface Point {
  index: number;
  x: number;
  y: number;
}

function strokes(x: ArrayLike<number>, y: ArrayLike<number>, scaleX: Scale, scaleY: Scale): Point[][] {
  const found: Point[][] = [];
  let stroke: Point[] = [];
  for (let index = 0; index < x.length; index++) {
    const point = { index, x: position(x[index]!, scaleX), y: position(y[index]!, scaleY) };
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) {
      if (stroke.length === 0) found.push(stroke);
      stroke.push(point);
    } else if (stroke.length > 0) {
      stroke = [];
    }
  }
  return found;
}

function visible(stroke: Point[], width: number): Point[] {
  let first = stroke.findIndex((point) => point.x >= 0);
  let last = stroke.findLastIndex((point) => point.x <= width);
  if (first < 0) first = stroke.length;
  return stroke.slice(Math.max(0, first - 1), Math.min(stroke.length, last + 2));
}

function extremesOfColumns(stroke: Point[]): Point[] {
  const kept: Point[] = [];
  for (let from = 0, to = 0; from < stroke.length; from = to) {
    const column = Math.floor(stroke[from]!.x / columnWidth);
    let lowest = from;
    let highest = from;
    for (to = from; to < stroke.length && Math.floor(stroke[to]!.x / columnWidth) === column; to++) {
      if (stroke[to]!.y < stroke[lowest]!.y) lowest = to;
      if (stroke[to]!.y > stroke[highest]!.y) highest = to;
    }
    const chosen = [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b);
    for (const i of chosen) kept.push(stroke[i]!);
  }
  return kept;
}

function simplify(stroke: Point[]): number[] {
  const keep = new Uint8Array(stroke.length);
  const open: [number, number][] = [[0, stroke.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    const a = stroke[from];
    const b = stroke[to];
    if (!a || !b) continue;
    keep[from] = keep[to] = 1;
    let split = -1;
    let furthest = tolerance;
    for (let i = from + 1; i < to; i++) {
      const distance = distanceToSegment(stroke[i]!, a, b);
      if (distance > furthest) {
        furthest = distance;
        split = i;
      }
    }
    if (split < 0 && b.x - a.x > greatestGap) split = (from + to) >> 1;
    if (split > from && split < to) open.push([from, split], [split, to]);
  }
  return stroke.filter((_, i) => keep[i]).map((point) => point.index);
}

function distanceToSegment(point: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = dx * dx + dy * dy;
  const along = length > 0 ? Math.min(1, Math.max(0, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length)) : 0;
  return Math.hypot(point.x - a.x - along * dx, point.y - a.y - along * dy);
}
