import { element, svg } from '../dom';
import { paletteOf, weightColour } from '../palette';
import { fontFamily } from '../text';
import { theme } from '../theme';
import type { Look, Theory } from './engine';
import type { Light } from './light';

const cell = 18;

/** A matrix as cells; columns are components where they are as many, and then they can be lit. */
export function cells(title: string, rows: string[], columns: string[], values: ArrayLike<number>, light: Light | null): HTMLElement {
  const palette = paletteOf(theme());
  const limit = Math.max(1e-12, ...Array.from(values, Math.abs));
  const left = 8 + 7 * Math.max(...rows.map((row) => row.length));
  const picture = svg('svg', {
    viewBox: `0 0 ${left + columns.length * cell + 2} ${rows.length * cell + 18}`, width: left + columns.length * cell + 2, 'font-family': fontFamily, 'font-size': 11,
    fill: palette.faint, role: 'img', 'aria-label': `${title}: ${rows.length} by ${columns.length} numbers`,
  });
  rows.forEach((row, r) => {
    picture.append(svg('text', { x: left - 5, y: (r + 0.7) * cell, 'text-anchor': 'end' }, row));
    columns.forEach((_, c) => {
      const value = values[r * columns.length + c]!;
      const node = svg('rect', { x: left + c * cell + 0.5, y: r * cell + 0.5, width: cell - 1, height: cell - 1, fill: weightColour(value, limit, palette), opacity: light?.dims(c) ? 0.3 : 1 },
        svg('title', {}, `${row}, ${columns[c]}: ${value.toPrecision(5)}`));
      picture.append(light ? light.follow(node, c) : node);
    });
  });
  columns.forEach((column, c) => picture.append(svg('text', { x: left + (c + 0.5) * cell, y: rows.length * cell + 13, 'text-anchor': 'middle' }, column)));
  return element('div', { class: 'map' }, element('h4', {}, title), picture, element('p', { class: 'remark' }, `colours from −${limit.toPrecision(2)} to ${limit.toPrecision(2)}`));
}

/** The weights at a time: heads by components, and the blocks of each head. */
export function weightCells(look: Look, theory: Theory, light: Light): HTMLElement[] {
  const D = theory.eigenvalues.length;
  const components = Array.from({ length: D }, (_, d) => String(d + 1));
  const heads = Array.from({ length: theory.heads }, (_, h) => `head ${h + 1}`);
  const maps: HTMLElement[] = [];
  if (look.heads) maps.push(cells('strength: head × component', heads, components, look.heads, light));
  for (const { name, shape, values } of look.blocks) {
    const isByComponent = shape.at(-1) === D && shape.length > 1;
    const rows = isByComponent ? values.length / D : values.length;
    const per = Math.round(rows / theory.heads);
    if (rows > 40) continue;
    const names = Array.from({ length: rows }, (_, r) => (per > 1 ? `${Math.floor(r / per) + 1}.${(r % per) + 1}` : `head ${r + 1}`));
    maps.push(cells(name.replace('_', ' '), names, isByComponent ? components : [''], values, isByComponent ? light : null));
  }
  return maps;
}

/** How far the model is from regression on m components, for every m. */
export function errorBars(look: Look): SVGSVGElement {
  const palette = paletteOf(theme());
  const count = look.errors.length;
  const row = 18;
  const most = Math.max(1, ...look.errors);
  const nearest = look.errors.indexOf(Math.min(...look.errors));
  const picture = svg('svg', { class: 'errors', viewBox: `0 0 330 ${count * row + 4}`, 'font-family': fontFamily, 'font-size': 12, fill: palette.ink, role: 'img', 'aria-label': `Nearest in context: ${look.algorithm}` });
  look.errors.forEach((error, m) => {
    const name = m === 0 ? 'predicts zero' : m === count - 1 ? 'least squares' : `PCR, m = ${m}`;
    picture.append(
      svg('text', { x: 92, y: (m + 0.75) * row, 'text-anchor': 'end', 'font-weight': m === nearest ? 700 : 400 }, name),
      svg('rect', { x: 98, y: m * row + 3, width: Math.max(1, (170 * error) / most), height: row - 6, fill: m === nearest ? palette.series[0]! : palette.faint }),
      svg('text', { x: 104 + (170 * error) / most, y: (m + 0.75) * row }, error.toPrecision(2)),
    );
  });
  return picture;
}

/** What the model answers to sequences that it has not seen, against the right answers. */
export function answers(look: Look): SVGSVGElement {
  const palette = paletteOf(theme());
  const size = 190;
  const most = Math.max(...look.targets.map(Math.abs), ...look.predictions.map(Math.abs)) || 1;
  const place = (value: number) => size / 2 + (value / most) * (size / 2 - 10);
  const picture = svg('svg', { class: 'answers', viewBox: `0 0 ${size} ${size + 16}`, 'font-family': fontFamily, 'font-size': 11, fill: palette.faint, role: 'img', 'aria-label': `${look.targets.length} answers against the right ones` },
    svg('path', { d: `M10 ${size - 10}L${size - 10} 10`, stroke: palette.faint, 'stroke-dasharray': '3 3' }),
    svg('path', { d: `M10 ${size / 2}H${size - 10}`, stroke: palette.faint, 'stroke-width': 0.5 }),
    svg('text', { x: size / 2, y: size + 10, 'text-anchor': 'middle' }, 'right answer →, given answer ↑'));
  look.targets.forEach((target, i) => picture.append(svg('circle', { cx: place(target), cy: size - place(look.predictions[i]!), r: 2.5, fill: palette.series[0]!, opacity: 0.75 })));
  return picture;
}
