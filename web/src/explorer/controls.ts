import { element, type Child } from '../dom';

/** A number with a slider, a box to type it into, and its name. */
export interface NumberControl {
  node: HTMLElement;
  set(value: number): void;
}

/** How a slider's places are numbers. */
export interface Scale {
  least: number;
  most: number;
  /** Places on the slider between the two. */
  steps: number;
  logarithmic?: boolean;
  whole?: boolean;
}

/** A slider beside a box: the slider tells every change while it moves, the box one that was typed. */
export function numberControl(label: Child, name: string, scale: Scale, moving: (value: number) => void, done: (value: number) => void): NumberControl {
  const slider = element('input', { type: 'range', min: 0, max: scale.steps, step: 1, 'aria-label': name });
  const box = element('input', { type: 'text', inputmode: 'decimal', size: 6, 'aria-label': `${name}, as a number`, name });
  let shown = NaN;
  const show = (value: number, fromSlider: boolean) => {
    shown = value;
    box.value = written(value);
    if (!fromSlider) slider.value = String(placeOf(value, scale));
    slider.setAttribute('aria-valuetext', written(value));
  };
  slider.addEventListener('input', () => {
    show(valueAt(Number(slider.value), scale), true);
    moving(shown);
  });
  slider.addEventListener('change', () => done(shown));
  box.addEventListener('change', () => {
    const value = Number(box.value.replace(',', '.'));
    if (box.value.trim() === '' || !Number.isFinite(value)) show(shown, false);
    else {
      show(value, false);
      done(value);
    }
  });
  return { node: element('label', { class: 'control' }, element('span', { class: 'name' }, label), slider, box), set: (value) => show(value, false) };
}

/** A number as it is typed: seven digits are enough for a setting. */
export function written(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function valueAt(place: number, { least, most, steps, logarithmic, whole }: Scale): number {
  const share = place / steps;
  const value = logarithmic ? least * (most / least) ** share : least + share * (most - least);
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}

function placeOf(value: number, { least, most, steps, logarithmic }: Scale): number {
  const share = logarithmic ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
  return Math.round(steps * Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)));
}

/** One of several words. */
export function choice(name: string, options: [value: string, label: string][], chosen: (value: string) => void): { node: HTMLElement; set(value: string): void } {
  const select = element('select', { name, 'aria-label': name }, ...options.map(([value, label]) => element('option', { value }, label)));
  select.addEventListener('change', () => chosen(select.value));
  return { node: element('label', { class: 'control' }, element('span', { class: 'name' }, name), select), set: (value) => void (select.value = value) };
}
