import type { WeightFrame, WeightMap, WeightMaps } from './document';

/** For each plateau, in order, the checkpoint in its middle. */
export function plateausOf(weights: WeightMaps): { plateau: number; frame: number }[] {
  const members = new Map<number, number[]>();
  weights.frames.forEach(({ plateau }, frame) => {
    if (plateau !== null) members.set(plateau, [...(members.get(plateau) ?? []), frame]);
  });
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([plateau, frames]) => ({ plateau, frame: frames[frames.length >> 1]! }));
}

/** The checkpoints that tell the story: one a plateau, or, where there is none, the first, the middle and the last. */
export function telling(weights: WeightMaps): number[] {
  const plateaus = plateausOf(weights).map(({ frame }) => frame);
  const last = weights.frames.length - 1;
  return plateaus.length > 0 ? plateaus : [...new Set([0, last >> 1, last])].filter((frame) => frame >= 0);
}

/** Where and when a checkpoint is, in words. */
export function describeFrame(frame: WeightFrame): string {
  const parts = [`step ${frame.step.toLocaleString('en')}`];
  if (frame.time !== null) parts.push(`time ${short(frame.time)}`);
  // A stranger's checkpoint comes without a loss, and so without a plateau.
  if (Number.isFinite(Number(frame.loss))) parts.push(`loss ${short(frame.loss)}`, frame.plateau === null ? 'in a drop' : `plateau ${frame.plateau}`);
  return parts.join(' · ');
}

/** The weight in a cell. */
export function weightAt(map: WeightMap, frame: number, row: number, column: number): number {
  return map.values[(frame * map.rows.length + row) * map.columns.length + column] ?? NaN;
}

/** How far from the neutral colour a weight is over all checkpoints at most, to which the colours are scaled. */
export function limitOf(map: WeightMap): number {
  if (map.isShare) return 1;
  let limit = 0;
  for (let i = 0; i < map.values.length; i++) {
    const size = Math.abs(map.values[i]! - map.centre);
    if (size > limit && size < Infinity) limit = size;
  }
  return limit;
}

/** A number for reading: four digits that count. */
export function short(value: number | string): string {
  return String(Number(Number(value).toPrecision(4))).replace('-', '−');
}
