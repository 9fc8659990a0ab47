export type Theme = 'light' | 'dark';

const change = 'staircase:theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme | null = null;
let printing = false;

/** What is shown now: on paper always light, else what the reader chose, else what the system says. */
export function theme(): Theme {
  return printing ? 'light' : (chosen ?? (systemDark.matches ? 'dark' : 'light'));
}

export function chooseTheme(next: Theme): void {
  chosen = next;
  apply();
}

/** Calls `redraw` on every change for as long as `owner` is in the page. */
export function onTheme(owner: Element, redraw: () => void): void {
  const listen = () => {
    if (owner.isConnected) redraw();
    else document.removeEventListener(change, listen);
  };
  document.addEventListener(change, listen);
}

/** Follows the system and the printer; call once a page. */
export function followTheme(): void {
  systemDark.addEventListener('change', apply);
  addEventListener('beforeprint', () => setPrinting(true));
  addEventListener('afterprint', () => setPrinting(false));
  apply();
}

/** Whether the page is being laid out for paper. */
export function isPrinting(): boolean {
  return printing;
}

function setPrinting(value: boolean): void {
  printing = value;
  apply();
}

function apply(): void {
  document.documentElement.dataset['theme'] = theme();
  document.dispatchEvent(new Event(change));
}
