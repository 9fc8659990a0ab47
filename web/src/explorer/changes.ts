/** Stands where an answer is awaited; what comes there is no change. */
export const unknown = '…';

const seen = 2000; // milliseconds that a change is marked

/**
 * Puts a table in the place of one, and marks for a moment the cells whose words are others than those that stood there: what the last change moved. What
 * such a cell said before can be read by pointing at it.
 */
export function replaceMarked(place: Element, next: Element): void {
  const before = cellsOf(place);
  const after = cellsOf(next);
  if (before.length !== after.length || headOf(place) !== headOf(next)) {
    place.replaceChildren(next);
    return;
  }
  after.forEach((cell, i) => {
    const old = before[i]!;
    if (cell.innerHTML === old.innerHTML) return;
    const [said, says] = [wordsOf(old), wordsOf(cell)];
    old.replaceChildren(...cell.childNodes);
    if (says !== said && ![says, said].includes(unknown)) mark(old, said);
  });
}

function mark(cell: HTMLElement, said: string): void {
  cell.title = `before: ${said}`;
  cell.classList.add('changed');
  const strong = 'color-mix(in srgb, var(--accent) 32%, transparent)';
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  for (const animation of cell.getAnimations()) animation.cancel();
  cell.animate({ backgroundColor: [strong, isStill ? strong : 'transparent'] }, { duration: seen, easing: 'ease-out' }).onfinish = () => cell.classList.remove('changed');
}

function cellsOf(place: Element): HTMLElement[] {
  return [...place.querySelectorAll('td')];
}

function headOf(place: Element): string {
  return [...place.querySelectorAll('th')].map(({ textContent }) => textContent).join('\n');
}

function wordsOf(cell: Element): string {
  return (cell.querySelector('annotation') ?? cell).textContent;
}
