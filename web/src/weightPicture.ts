import type { WeightFrame, WeightMap, WeightMaps } from './document';
import { svg } from './dom';
import { fontFamily, widthOf } from './text';
import { plain } from './mathematics';
import { weightColour, type Palette } from './palette';
import { limitOf, short, weightAt } from './weightFrames';

const fontSize = 11;
const gap = 22;

/** One matrix at one checkpoint as squares, with its labels. */
export function heatMap(map: WeightMap, frame: number, cell: number, palette: Palette): SVGSVGElement {
  const { left, top, width, height } = layoutOf(map, cell);
  const picture = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': fontFamily, 'font-size': fontSize, fill: palette.ink });
  const every = Math.ceil((fontSize + 1) / cell); // a label for every cell that has the room
  map.rows.forEach((label, row) => {
    if (row % every !== 0) return;
    picture.append(svg('text', { x: left - 5, y: top + (row + 0.5) * cell + 0.35 * fontSize, 'text-anchor': 'end' }, plain(label)));
  });
  map.columns.forEach((label, column) => {
    if (column % every !== 0) return;
    const x = left + (column + 0.5) * cell;
    const place = isUpright(map, cell)
      ? { x: x + 0.35 * fontSize, y: top - 5, transform: `rotate(-90 ${x + 0.35 * fontSize} ${top - 5})` }
      : { x, y: top - 5, 'text-anchor': 'middle' };
    picture.append(svg('text', place, plain(label)));
  });
  const limit = limitOf(map);
  const cells = svg('g', { class: 'cells', stroke: palette.background, 'stroke-width': cell > 8 ? 1 : 0 });
  for (let row = 0; row < map.rows.length; row++) {
    for (let column = 0; column < map.columns.length; column++) {
      const fill = weightColour(weightAt(map, frame, row, column) - map.centre, limit, palette);
      cells.append(svg('rect', { x: left + column * cell, y: top + row * cell, width: cell, height: cell, fill }));
    }
  }
  picture.append(cells);
  return picture;
}

/** Gives the squares of `heatMap` the colours of another checkpoint. */
export function recolour(picture: SVGSVGElement, map: WeightMap, frame: number, palette: Palette): void {
  const limit = limitOf(map);
  picture.querySelectorAll('.cells rect').forEach((rect, i) => {
    const row = Math.floor(i / map.columns.length);
    rect.setAttribute('fill', weightColour(weightAt(map, frame, row, i % map.columns.length) - map.centre, limit, palette));
  });
}

/** All matrices at some checkpoints: a column a checkpoint, a row a matrix, with the scales of their colours at the right. */
export function weightPicture(weights: WeightMaps, frames: number[], palette: Palette): SVGSVGElement {
  const head = 34;
  const cells = weights.maps.map((map) => cellSize(map, 120, 18));
  const layouts = weights.maps.map((map, i) => layoutOf(map, cells[i]!));
  const titles = frames.map((frame) => titleOf(weights.frames[frame]!));
  const columnWidth = Math.max(...layouts.map(({ width }) => width), ...titles.flat().map((line) => widthOf(line, 12, 600))) + gap;
  const barWidth = Math.max(90, ...weights.maps.map(({ name }) => widthOf(plain(name), fontSize, 600) + 8));
  const width = Math.ceil(frames.length * columnWidth + barWidth);
  const height = Math.ceil(head + layouts.reduce((sum, layout) => sum + layout.height + gap, 0));
  const picture = svg('svg', {
    xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`,
    'font-family': fontFamily, 'font-size': fontSize, fill: palette.ink,
  });
  picture.append(svg('rect', { width, height, fill: palette.background }));
  frames.forEach((frame, column) => {
    const x = column * columnWidth + 4;
    const [title, when] = titles[column]!;
    picture.append(svg('text', { x, y: 13, 'font-weight': 600, 'font-size': 12 }, title), svg('text', { x, y: 27, fill: palette.faint }, when));
    let y = head;
    weights.maps.forEach((map, i) => {
      const panel = heatMap(map, frame, cells[i]!, palette);
      panel.setAttribute('x', String(x));
      panel.setAttribute('y', String(y));
      picture.append(panel);
      y += layouts[i]!.height + gap;
    });
  });
  let y = head;
  weights.maps.forEach((map, i) => {
    const { top, height: tall } = layouts[i]!;
    const bar = colourBar(map, Math.max(48, tall - top - 4), palette);
    bar.setAttribute('x', String(frames.length * columnWidth));
    bar.setAttribute('y', String(y + top - 4));
    picture.append(svg('text', { x: frames.length * columnWidth, y: y + top - 10, 'font-weight': 600 }, plain(map.name)), bar);
    y += tall + gap;
  });
  return picture;
}

/** What stands above a checkpoint, in two lines. */
function titleOf({ plateau, time, step, loss }: WeightFrame): [title: string, when: string] {
  const title = plateau === null ? `step ${step.toLocaleString('en')}` : `plateau ${plateau}`;
  const when = time === null ? `step ${step.toLocaleString('en')}` : `time ${short(time)}`;
  return [title, Number.isFinite(Number(loss)) ? `${when}, loss ${short(loss)}` : when === title ? '' : when];
}

/** The scale of a matrix's colours, upright, with its ends as numbers. */
export function colourBar(map: WeightMap, height: number, palette: Palette): SVGSVGElement {
  const limit = limitOf(map);
  const steps = 32;
  const bar = svg('svg', { width: 80, height: height + 12, viewBox: `0 -6 80 ${height + 12}`, 'font-family': fontFamily, 'font-size': fontSize, fill: palette.ink });
  for (let i = 0; i < steps; i++) {
    const value = map.isShare ? 1 - (i + 0.5) / steps : limit * (1 - (2 * i + 1) / steps);
    bar.append(svg('rect', { x: 0, y: (i * height) / steps, width: 10, height: height / steps + 0.5, fill: weightColour(value, limit, palette) }));
  }
  (map.isShare ? [1, 0.5, 0] : [map.centre + limit, map.centre, map.centre - limit]).forEach((value, i) => {
    bar.append(svg('text', { x: 15, y: (i * height) / 2 + 0.35 * fontSize }, short(value)));
  });
  return bar;
}

/** A cell that is seen one by one, and how long a matrix may get for it: that of all heads below each other. */
const readable = 9;
const longestSide = 400;

/** The side of a cell for a matrix to take about so many pixels, or more where its cells could not be told apart else. */
export function cellSize(map: WeightMap, extent: number, largest: number): number {
  const cells = Math.max(1, map.rows.length, map.columns.length);
  return Math.max(3, Math.min(largest, Math.max(Math.floor(extent / cells), Math.min(readable, Math.floor(longestSide / cells)))));
}

/** The cell under a point of a heat map, in its own coordinates. */
export function cellAt(map: WeightMap, cell: number, x: number, y: number): { row: number; column: number } | null {
  const { left, top } = layoutOf(map, cell);
  const row = Math.floor((y - top) / cell);
  const column = Math.floor((x - left) / cell);
  return row >= 0 && column >= 0 && row < map.rows.length && column < map.columns.length ? { row, column } : null;
}

/** A frame around a cell. */
export function cellFrame(map: WeightMap, cell: number, row: number, column: number, palette: Palette): SVGRectElement {
  const { left, top } = layoutOf(map, cell);
  return svg('rect', { class: 'here', x: left + column * cell, y: top + row * cell, width: cell, height: cell, fill: 'none', stroke: palette.ink, 'stroke-width': 2 });
}

function layoutOf(map: WeightMap, cell: number): { left: number; top: number; width: number; height: number } {
  const left = longest(map.rows) + 8;
  const top = (isUpright(map, cell) ? longest(map.columns) : fontSize) + 8;
  return { left, top, width: left + map.columns.length * cell + 1, height: top + map.rows.length * cell + 1 };
}

function isUpright(map: WeightMap, cell: number): boolean {
  return longest(map.columns) > cell - 2;
}

/** The width of the widest label, in pixels. */
function longest(labels: string[]): number {
  return Math.ceil(Math.max(0, ...labels.map((label) => widthOf(plain(label), fontSize))));
}
