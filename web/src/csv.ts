import type { Plot } from './document';

/**
 * Every point of every series: for each array of places a column, followed by the columns of the series that lie on it. Shorter columns end in
 * empty cells. A number is written with as many digits as it takes to read back the same bits.
 */
export function csvOf(plot: Plot): string {
  const columns: { head: string; numbers: ArrayLike<number> }[] = [];
  const groups = Map.groupBy(plot.series, (series) => series.x);
  for (const [x, series] of groups) {
    columns.push({ head: groups.size > 1 ? `${plot.x.label} of ${series[0]!.name}` : plot.x.label, numbers: x });
    for (const { name, y } of series) columns.push({ head: name, numbers: y });
  }
  const lines = [columns.map((column) => quote(column.head)).join(',')];
  const rows = Math.max(0, ...columns.map((column) => column.numbers.length));
  for (let row = 0; row < rows; row++) {
    lines.push(columns.map(({ numbers }) => (row < numbers.length ? digits(numbers[row]!) : '')).join(','));
  }
  return lines.join('\n') + '\n';
}

/** The shortest text that reads back as the same number; `String` alone would lose the sign of −0. */
export function digits(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function quote(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
