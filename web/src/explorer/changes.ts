/**
 * Puts other content into a place, and marks for a moment the cells whose words are not those that stood there: what the last change moved. What a marked
 * cell said before can be read by pointing at it.
 */
export function replaceMarked(place: Element, next: Element): void {
  const before = cellsOf(place).map(wordsOf);
  const after = cellsOf(next);
  if (before.length === after.length) {
    after.forEach((cell, i) => {
      if (wordsOf(cell) === before[i] || before[i] === unknown) return;
      cell.classList.add('changed');
      cell.title = `before: ${before[i]!}`;
    });
  }
  place.replaceChildren(next);
}

/** Stands where an answer is awaited; what comes there is no change. */
export const unknown = '…';

function cellsOf(place: Element): HTMLElement[] {
  return [...place.querySelectorAll('td')];
}

function wordsOf(cell: Element): string {
  return (cell.querySelector('annotation') ?? cell).textContent;
}
