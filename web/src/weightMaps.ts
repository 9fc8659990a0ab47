import { digits } from './csv';
import type { WeightMap, WeightMaps } from './document';
import { button, element, scrolling } from './dom';
import { downloads } from './download';
import { plain, prose } from './mathematics';
import { paletteOf } from './palette';
import { pictureOfWeights } from './pictures';
import { onTheme, theme } from './theme';
import { describeFrame, plateausOf, short, telling, weightAt } from './weightFrames';
import { cellAt, cellFrame, cellSize, colourBar, heatMap, recolour, weightPicture } from './weightPicture';

/** Draws weights with a slider over the checkpoints, a button for each plateau, and the plateaus side by side. */
export function renderWeightMaps(container: HTMLElement, weights: WeightMaps, name: string): void {
  const last = weights.frames.length - 1;
  if (last < 0) return;
  const isCourse = last > 0; // a single frame, such as a phase diagram, has no way to go
  const plateaus = plateausOf(weights);
  const slider = element('input', { type: 'range', min: 0, max: last, step: 1, value: last, 'aria-label': 'Checkpoint' });
  const when = element('output', { class: 'when' });
  const maps = element('div', { class: 'maps' });
  const strip = scrolling(`${plain(weights.title)}, side by side`);
  let shown: ShownMap[] = [];

  const go = (frame: number) => {
    slider.value = String(frame);
    const words = describeFrame(weights.frames[frame]!);
    slider.setAttribute('aria-valuetext', words);
    when.textContent = words;
    for (const map of shown) map.go(frame);
  };
  const draw = () => {
    shown = weights.maps.map((map) => showMap(map, Number(slider.value)));
    maps.replaceChildren(...shown.map((map) => map.node));
    strip.replaceChildren(weightPicture(weights, telling(weights), paletteOf(theme())));
  };

  slider.addEventListener('input', () => go(Number(slider.value)));
  container.append(
    element('figure', { class: 'weights', id: name },
      element('h3', {}, prose(weights.title)),
      ...(isCourse
        ? [element('div', { class: 'tools', role: 'group', 'aria-label': `Checkpoints of ${plain(weights.title)}` }, slider, when)]
        : []),
      element('div', { class: 'tools', role: 'group', 'aria-label': `Tools of ${plain(weights.title)}` },
        ...plateaus.map(({ plateau, frame }) => button(`plateau ${plateau}`, () => go(frame), { class: 'plateau' })),
        downloads(name, (format) => pictureOfWeights(weights, format), () => csvOfWeights(weights)),
      ),
      maps,
      element('figcaption', {}, prose(weights.caption)),
      ...(isCourse ? [element('h4', {}, plateaus.length > 0 ? 'At each plateau' : 'At the beginning, on the way, at the end'), strip] : []),
    ),
  );
  draw();
  go(last);
  onTheme(maps, () => {
    draw();
    go(Number(slider.value));
  });
}

interface ShownMap {
  node: HTMLElement;
  go(frame: number): void;
}

/** A matrix whose cells can be read off with the pointer or the arrow keys. */
function showMap(map: WeightMap, first: number): ShownMap {
  const palette = paletteOf(theme());
  const cell = cellSize(map, 300, 30);
  const picture = heatMap(map, first, cell, palette);
  const value = element('output', { class: 'value' });
  let frame = first;
  let here: { row: number; column: number } | null = null;

  const read = () => {
    picture.querySelector('.here')?.remove();
    if (here) picture.append(cellFrame(map, cell, here.row, here.column, palette));
    value.textContent = here
      ? `${plain(map.rows[here.row]!)}, ${plain(map.columns[here.column]!)}: ${short(weightAt(map, frame, here.row, here.column))}`
      : map.values.length > map.rows.length * map.columns.length ? 'one scale for all checkpoints' : '';
  };
  const at = (next: typeof here) => {
    here = next;
    read();
  };

  picture.setAttribute('tabindex', '0');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', `${plain(map.name)}: heat map of ${map.rows.length} by ${map.columns.length} numbers. Arrow keys read them.`);
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect();
    const drawnAt = picture.viewBox.baseVal.width / box.width; // a narrow page shrinks the picture
    at(cellAt(map, cell, (event.clientX - box.left) * drawnAt, (event.clientY - box.top) * drawnAt));
  });
  picture.addEventListener('pointerleave', () => at(null));
  picture.addEventListener('blur', () => at(null));
  picture.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const inside = (i: number, count: number) => Math.min(count - 1, Math.max(0, i));
    at(here ? { row: inside(here.row + step[0]!, map.rows.length), column: inside(here.column + step[1]!, map.columns.length) } : { row: 0, column: 0 });
  });
  read();
  return {
    node: element('div', { class: 'map' }, element('h4', {}, prose(map.name)), element('div', { class: 'picture' }, picture, colourBar(map, 90, palette)), value),
    go(next) {
      frame = next;
      recolour(picture, map, frame, palette);
      read();
    },
  };
}

function csvOfWeights(weights: WeightMaps): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = ['step,time,loss,plateau,matrix,row,column,weight'];
  weights.frames.forEach(({ step, time, loss, plateau }, frame) => {
    for (const map of weights.maps) {
      map.rows.forEach((row, r) => map.columns.forEach((column, c) => {
        lines.push([step, time ?? '', loss, plateau ?? '', quote(map.name), quote(row), quote(column), digits(weightAt(map, frame, r, c))].join(','));
      }));
    }
  });
  return lines.join('\n') + '\n';
}
