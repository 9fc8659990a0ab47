import type { Plot, Series } from '../document';
import { button, element } from '../dom';
import { renderPlot, type ShownPlot } from '../plot';
import { engine, type Experiment } from './engine';
import { Notice, type Page } from './page';

interface Listed {
  run: string;
  changed: string;
  hasReport: boolean;
}

interface Written {
  report: string;
  title: string;
}

interface Record {
  kind: string;
  status: string;
  experiment: Experiment;
}

const every = 1000; // milliseconds between two looks at a run
const reportsEvery = 5; // looks at a run to a look for reports

/** The runs of the folder that is served; one in progress grows by itself, and comes back when the server does. */
export class RunsPage implements Page {
  readonly id = 'runs';
  readonly title = 'Runs';
  readonly node = element('div', { class: 'workbench' });

  private visit = 0;
  private readonly notice = new Notice();
  private readonly list = element('ul', { class: 'runs' });
  private readonly reports = element('ul', { class: 'runs' });
  private readonly plots = element('div', { class: 'plots' });
  private plot: ShownPlot | null = null;
  private readonly show: (run: string) => void;

  /** @param go Goes to the address of a run. */
  constructor(go: (keys: Experiment) => void) {
    this.show = (run) => go({ run });
    this.node.append(
      element('section', { class: 'setting', 'aria-label': 'Runs' }, element('h3', {}, 'Runs of this folder'), this.list, element('h3', {}, 'Sweeps, ensembles and checkpoint analyses'), this.reports),
      element('section', { class: 'result', 'aria-label': 'The run' }, this.notice.node, this.plots));
  }

  enter({ run }: Experiment): void {
    const visit = ++this.visit;
    void this.follow(visit, run ?? null);
  }

  leave(): void {
    this.visit++;
    engine.leave();
  }

  /** Looks again and again, until the page is left. */
  private async follow(visit: number, run: string | null): Promise<void> {
    let from = 0;
    let look = 0;
    let columns: string[] = [];
    const rows: number[][] = [];
    let record: Record | null = null;
    let theory: Series[] | null = null;
    this.plot = null;
    this.plots.replaceChildren();
    while (visit === this.visit) {
      try {
        await this.refreshList(run);
        if (look++ % reportsEvery === 0) await this.refreshReports();
        if (run) {
          record = (await (await get(`api/run?run=${encodeURIComponent(run)}`)).json()) as Record;
          const tail = await get(`api/rows?run=${encodeURIComponent(run)}&from=${from}`);
          const next = Number(tail.headers.get('X-Next'));
          const text = await tail.text();
          if (next < from) [columns, rows.length] = [[], 0]; // begun anew
          const isMore = next !== from;
          from = next;
          for (const line of text.split('\n').filter((one) => one !== '')) {
            if (columns.length === 0) columns = line.split(',');
            else rows.push(line.split(',').map((cell) => (cell === '' ? NaN : Number(cell))));
          }
          if (visit !== this.visit) return;
          this.notice.say(`${run}: ${record.status}, ${rows.length} rows.`);
          theory ??= await theoryOf(record, columns.includes('time'));
          if (isMore && rows.length > 1) await this.draw(columns, rows, theory);
        }
      } catch (error) {
        if (visit === this.visit) this.notice.say(`The server does not answer; this page tries again by itself. (${error instanceof Error ? error.message : String(error)})`);
      }
      await new Promise((done) => setTimeout(done, every));
    }
  }

  private async refreshList(run: string | null): Promise<void> {
    const listed = (await (await get('api/runs')).json()) as Listed[];
    const names = listed.map((one) => `${one.run} ${one.hasReport}`).join('\n');
    if (this.list.dataset['names'] === names) return;
    this.list.dataset['names'] = names;
    this.list.replaceChildren(...listed.map((one) => element('li', {},
      button(one.run, () => this.show(one.run), { 'aria-pressed': String(one.run === run) }),
      ...(one.hasReport ? [' ', element('a', { href: `report?run=${encodeURIComponent(one.run)}`, target: '_blank' }, 'report')] : []))));
    if (listed.length === 0) this.list.append(element('li', {}, 'There is none yet.'));
  }

  private async refreshReports(): Promise<void> {
    const written = (await (await get('api/reports')).json()) as Written[];
    this.reports.replaceChildren(...written.map(({ report, title }) => element('li', {},
      element('a', { href: `written?report=${encodeURIComponent(report)}`, target: '_blank', title: report }, title))));
    if (written.length === 0) this.reports.append(element('li', { class: 'remark' }, 'None yet: reports that sweeps and staircase analyze --out write into this folder appear here.'));
  }

  private async draw(columns: string[], rows: number[][], theory: Series[]): Promise<void> {
    const isTime = columns.includes('time');
    const at = columns.indexOf(isTime ? 'time' : 'step');
    const loss = columns.indexOf('loss');
    const series: Series = {
      name: 'loss', role: 'measured', x: rows.map((row) => row[at]!), y: rows.map((row) => row[loss]!), colour: 0, group: null, family: null, high: null, isRight: false,
    };
    const end = series.x[series.x.length - 1]!;
    const plot: Plot = {
      id: 'loss', title: 'Loss', caption: theory.length > 0 ? 'Dashed: what theory predicts from the initial weights alone, computed in this page.' : '',
      x: { label: isTime ? 'time of the gradient flow' : 'step', isLogarithmic: false }, y: { label: 'loss', isLogarithmic: false }, right: null,
      series: [series, ...theory.map((one) => ({ ...one, x: Array.from(one.x).filter((x) => x <= end || theory.length === 0), y: Array.from(one.y).slice(0, Array.from(one.x).filter((x) => x <= end).length) }))],
    };
    if (this.plot) await this.plot.replace(plot);
    else this.plot = await renderPlot(this.plots, plot, 'run-loss');
  }
}

/** What theory says of a run of linear attention over times; nothing of others. */
async function theoryOf(record: Record, hasTime: boolean): Promise<Series[]> {
  if (record.kind !== 'regression' || !hasTime || /^\S*\.\w+$/.test(record.experiment['data'] ?? '')) return [];
  try {
    const theory = await engine.call('Predict', { kind: 'regression', ...record.experiment });
    if (theory.noTheory) return [];
    return [{ name: 'predicted loss', role: 'predicted', x: theory.time, y: theory.loss, colour: 0, group: null, family: null, high: null, isRight: false }];
  } catch {
    return [];
  }
}

async function get(path: string): Promise<Response> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}
