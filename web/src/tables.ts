import type { Check, Table } from './document';
import { element, scrolling, type Child } from './dom';
import { plain, prose } from './mathematics';

/** A table of text. */
export function renderTable(container: HTMLElement, table: Table): void {
  container.append(element('h3', {}, prose(table.title)), grid(plain(table.title), table.columns, table.rows.map((row) => row.map(prose))));
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
