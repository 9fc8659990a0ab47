import { element, svg } from '../dom';
import { paletteOf } from '../palette';
import { onTheme, theme } from '../theme';
import { written } from './controls';
import type { Light } from './light';

const wide = 300;
const high = 120;

interface Bar {
  node: SVGGElement;
  body: SVGRectElement;
  top: SVGRectElement;
  box: HTMLInputElement;
}

/** Eigenvalues as bars: each is dragged by its whole column, moved by arrow keys, or typed. */
export class Bars {
  readonly node: HTMLElement;
  private readonly picture = svg('svg', { class: 'bars' });
  private readonly boxes = element('div', { class: 'boxes' });
  private values: number[] = [];
  private columns: Bar[] = [];
  private top = 1;

  /**
   * @param moving Told every change while a bar moves.
   * @param done Told when it is let go.
   */
  constructor(private readonly moving: (values: number[]) => void, private readonly done: (values: number[]) => void, private readonly light: Light) {
    this.node = element('div', { class: 'spectrum' }, this.picture, this.boxes);
    light.onChange(() => this.draw());
    onTheme(this.node, () => this.draw());
  }

  set(values: number[]): void {
    this.values = [...values];
    this.top = Math.max(...values) * 1.25;
    this.draw();
  }

  private change(i: number, value: number, isDone: boolean): void {
    const limited = Number(Math.min(1e3, Math.max(1e-4, value)).toPrecision(3));
    if (!Number.isFinite(limited)) return;
    this.values[i] = limited;
    this.draw();
    (isDone ? this.done : this.moving)([...this.values]);
  }

  private draw(): void {
    if (this.columns.length !== this.values.length) this.build();
    const palette = paletteOf(theme());
    this.columns.forEach(({ node, body, top, box }, i) => {
      const value = this.values[i]!;
      const height = Math.min(high, Math.max(2, (value / this.top) * high));
      node.setAttribute('opacity', this.light.dims(i) ? '0.3' : '1');
      node.setAttribute('aria-valuenow', String(value));
      body.setAttribute('y', String(high - height));
      body.setAttribute('height', String(height));
      body.setAttribute('fill', palette.series[i % palette.series.length]!);
      top.setAttribute('y', String(high - height - 2));
      top.setAttribute('fill', palette.ink);
      if (box !== document.activeElement) box.value = written(value);
    });
  }

  private build(): void {
    const column = wide / this.values.length;
    this.picture.setAttribute('viewBox', `0 0 ${wide} ${high}`);
    this.columns = this.values.map((_, i) => {
      const body = svg('rect', { x: (i + 0.15) * column, width: 0.7 * column, rx: 2 });
      const top = svg('rect', { x: (i + 0.15) * column, width: 0.7 * column, height: 4, rx: 2 });
      const node = svg('g', { class: 'bar', 'data-component': i }, svg('rect', { x: i * column, width: column, height: high, fill: 'transparent' }), body, top);
      const box = element('input', { type: 'text', inputmode: 'decimal', size: 5, 'aria-label': `Eigenvalue ${i + 1}, as a number` });
      box.addEventListener('change', () => this.change(i, Number(box.value.replace(',', '.')), true));
      this.listen(node, i);
      return { node, body, top, box };
    });
    this.picture.replaceChildren(...this.columns.map(({ node }) => node));
    this.boxes.replaceChildren(...this.columns.map(({ box }) => box));
  }

  private listen(bar: SVGElement, i: number): void {
    bar.setAttribute('tabindex', '0');
    bar.setAttribute('role', 'slider');
    bar.setAttribute('aria-label', `Eigenvalue ${i + 1}`);
    bar.addEventListener('pointerenter', () => this.light.point(i));
    bar.addEventListener('pointerleave', () => this.light.point(null));
    bar.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      bar.focus();
      const box = this.picture.getBoundingClientRect();
      const at = (y: number) => ((box.bottom - y) / box.height) * this.top;
      const start = { y: event.clientY, value: this.values[i]! };
      const move = (next: PointerEvent) => this.change(i, start.value + at(next.clientY) - at(start.y), false);
      const up = (last: PointerEvent) => {
        removeEventListener('pointermove', move);
        removeEventListener('pointerup', up);
        removeEventListener('pointercancel', up);
        if (last.clientY !== start.y) this.change(i, start.value + at(last.clientY) - at(start.y), true);
      };
      addEventListener('pointermove', move);
      addEventListener('pointerup', up);
      addEventListener('pointercancel', up);
    });
    bar.addEventListener('keydown', (event) => {
      const factor = { ArrowUp: 1.05, ArrowRight: 1.05, ArrowDown: 1 / 1.05, ArrowLeft: 1 / 1.05, PageUp: 1.5, PageDown: 1 / 1.5 }[event.key];
      if (!factor) return;
      event.preventDefault();
      this.change(i, this.values[i]! * factor, false);
    });
    bar.addEventListener('keyup', (event) => {
      if (/^(Arrow|Page)/.test(event.key)) this.done([...this.values]);
    });
  }
}
