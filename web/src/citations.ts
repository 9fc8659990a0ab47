import type { Paper, Result } from './document';
import { button, element } from './dom';
import { download } from './download';
import { prose } from './mathematics';

/** The results that were used, by paper, with the papers' BibTeX. */
export function renderCitations(container: HTMLElement, results: Result[]): void {
  const papers = new Map<string, { paper: Paper; results: Result[] }>();
  for (const result of results) {
    const entry = papers.get(result.paper.key) ?? { paper: result.paper, results: [] };
    entry.results.push(result);
    papers.set(result.paper.key, entry);
  }
  const bibliography = [...papers.values()].map(({ paper }) => paper.bibTeX.trim()).join('\n\n') + '\n';
  container.append(
    element('section', { id: 'citations' },
      element('h2', {}, 'Sources'),
      ...[...papers.values()].flatMap(({ paper, results }) => [element('h3', {}, prose(paper.citation)), ...results.map(resultOf)]),
      element('h3', {}, 'BibTeX'),
      element('div', { class: 'tools' },
        copyButton(bibliography),
        button('download .bib', () => download('citations.bib', bibliography), { class: 'bib' }),
      ),
      element('pre', { tabindex: 0, 'aria-label': 'BibTeX' }, bibliography),
    ),
  );
}

function resultOf(result: Result): HTMLElement {
  const line = (term: string, words: string) => [element('dt', {}, term), element('dd', {}, prose(words))];
  return element('div', { class: 'result' },
    element('p', {}, element('code', {}, result.name), ' — ', prose(result.statement)),
    element('dl', {}, ...line('where', result.where), ...line('holds when', result.holdsWhen), ...line('not modelled', result.notModelled)),
  );
}

function copyButton(content: string): HTMLButtonElement {
  const copy = button('copy', () => {
    navigator.clipboard.writeText(content).then(
      () => (copy.textContent = 'copied'),
      () => (copy.textContent = 'the browser does not allow it'),
    );
  }, { class: 'copy', 'aria-live': 'polite' });
  return copy;
}
