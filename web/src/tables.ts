import type { Check, Table } from './document';
import { button, element, scrolling, type Child } from './dom';
import { plain, prose } from './mathematics';

/** A table that is longer than this is for looking things up: it can be sorted, and filtered by words. */
const longTable = 12;

/** A table of text. */
export function renderTable(container: HTMLElement, table: Table): void {
  const node = grid(plain(table.title), table.columns, table.rows.map((row) => row.map(prose)));
  container.append(element('h3', {}, prose(table.title)), ...(table.rows.length > longTable ? [lookUp(node, table)] : []), node);
}

/** Lets the rows of a table be sorted by a click on a heading, and filtered; what it returns belongs above the table. */
function lookUp(node: HTMLElement, table: Table): HTMLElement {
  const body = node.querySelector('tbody')!;
  const rows = [...body.rows].map((row, i) => ({ row, cells: table.rows[i]! }));
  const headings = [...node.querySelectorAll('th')];
  let sorted: { column: number; sign: number } | null = null;
  headings.forEach((heading, column) => {
    const sort = () => {
      const sign: number = sorted?.column === column ? -sorted.sign : 1;
      sorted = { column, sign };
      headings.forEach((other) => other.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      rows.sort((a, b) => sign * compare(a.cells[column]!, b.cells[column]!));
      body.append(...rows.map(({ row }) => row));
    };
    const act = button('', sort, { class: 'sort' });
    act.append(...heading.childNodes);
    heading.append(act);
  });
  const words = element('input', { type: 'search', 'aria-label': `Filter ${plain(table.title)}`, placeholder: 'filter' });
  words.addEventListener('input', () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    for (const { row, cells } of rows) {
      const text = table.columns.map((column, i) => `${column}=${cells[i]}`).join(' ').toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
  });
  return element('div', { class: 'tools' }, words);
}

/** Numbers by size, before words, which go by their letters; a dash is at the end. */
function compare(a: string, b: string): number {
  const [x, y] = [a, b].map((cell) => Number.parseFloat(cell.replace('−', '-').replaceAll(',', ''))) as [number, number];
  return Number.isNaN(x) || Number.isNaN(y) ? Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a.localeCompare(b) : x - y;
}

/** Claims, what was measured and what was expected, and whether they agree. */
export function renderChecks(container: HTMLElement, checks: Check[]): void {
  const remarks = checks.some((check) => check.reason) ? ['remark'] : [];
  const columns = ['verdict', 'claim', 'measured', 'expected', ...remarks, 'source'];
  const rows = checks.map((check) => [
    verdict(check), prose(check.claim), prose(check.measured), prose(check.expected), ...remarks.map(() => prose(check.reason ?? '')), prose(check.source),
  ]);
  container.append(element('h3', {}, 'Checks'), element('p', {}, summary(checks)), grid('Checks', columns, rows, 'checks'));
}

/** How many checks hold, in a sentence. */
export function summary(checks: Check[]): string {
  const count = checks.length;
  const explained = checks.filter((check) => check.isExplained).length;
  const failed = checks.filter((check) => check.isFailure).length;
  const but = explained > 0 ? ` ${explained} of ${count} ${explained === 1 ? 'differs' : 'differ'} for a reason that is given.` : '';
  if (failed > 0) return `✗ ${failed} of ${count} ${count === 1 ? 'check' : 'checks'} ${failed === 1 ? 'fails' : 'fail'}.${but}`;
  if (explained > 0) return `✓ The others hold.${but}`;
  return count === 1 ? '✓ The one check holds.' : `✓ All ${count} checks hold.`;
}

/** Keys and values. */
export function renderSettings(container: HTMLElement, settings: Record<string, string>): void {
  const rows = Object.entries(settings).map(([key, value]) => [element('code', {}, key), value]);
  container.append(
    element('details', { class: 'settings' }, element('summary', {}, 'The experiment, every key resolved'), grid('Experiment', ['key', 'value'], rows)),
  );
}

function verdict(check: Check): HTMLElement {
  if (check.passed) return element('span', { class: 'holds' }, '✓ holds');
  return check.isExplained ? element('span', { class: 'differs' }, '≠ differs') : element('span', { class: 'fails' }, '✗ fails');
}

function grid(label: string, columns: string[], rows: Child[][], kind = ''): HTMLElement {
  return scrolling(label,
    element('table', { class: kind },
      element('thead', {}, element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, prose(column))))),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell, i) => element('td', { 'data-column': plain(columns[i]!) }, cell))))),
    ),
  );
}
