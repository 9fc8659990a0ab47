import { button, element } from '../dom';
import { prose } from '../mathematics';
import { renderSection } from '../report';
import { dropped, type Dropped } from './dropped';
import { engine, type Experiment } from './engine';
import { Notice, type Page } from './page';

/** Anybody's loss curve: dropped on the page, looked at here, and sent nowhere. */
export class CurvePage implements Page {
  readonly id = 'curve';
  readonly title = 'Your curve';
  readonly node = element('div', { class: 'curve' });

  private file: Dropped | null = null;
  private visit = 0;
  private readonly notice = new Notice();
  private readonly result = element('div');
  private readonly keys = element('input', { type: 'text', size: 50, placeholder: '--dim 4 --context 31 --init 0.01', 'aria-label': 'The setting, as options of the command line; empty for none' });

  constructor() {
    const picked = element('input', { type: 'file', multiple: true, accept: '.csv,.tsv,.json,.jsonl,.txt,.zip', 'aria-label': 'A table with a loss, or the files of a run' });
    picked.addEventListener('change', () => {
      if (picked.files?.[0]) void this.take(picked.files);
    });
    this.node.append(
      element('p', { class: 'lead' }, 'Drop a table with a column of steps and one of a loss anywhere on this page (CSV of your own, of TensorBoard or W&B, metrics.csv of a run), or the whole folder of a run, also as a ZIP file: its setting is then read, too. It stays in your browser.'),
      element('div', { class: 'tools' }, picked),
      element('p', {}, 'With a setting of linear attention, theory is laid over it: ', this.keys, ' ', button('lay theory over it', () => void this.compute(), { class: 'compare' })),
      this.notice.node, this.result,
    );
  }

  enter(): void {
    this.visit++;
  }

  leave(): void {
    this.visit++;
    engine.leave();
  }

  /** What was dropped. */
  async take(data: DataTransfer | FileList): Promise<void> {
    try {
      this.file = await dropped(data);
    } catch (error) {
      this.notice.fail(error);
      return;
    }
    if (this.file.setting) this.keys.value = optionsOf(this.file.setting);
    await this.compute();
  }

  private async compute(): Promise<void> {
    const visit = ++this.visit;
    if (!this.file) {
      this.notice.fail(new Error('Drop a table first.'));
      return;
    }
    try {
      this.notice.say('Looking for plateaus …');
      const report = await engine.newest('curve', 'Compare', setting(this.keys.value), this.file.name, this.file.text);
      if (visit !== this.visit) return;
      this.notice.say('');
      this.result.replaceChildren(element('h2', {}, `${this.file.name}: `, prose(report.title)), element('p', { class: 'lead' }, prose(report.lead)));
      for (const part of report.sections) await renderSection(this.result, { ...part, title: '' });
    } catch (error) {
      if (visit === this.visit) this.notice.fail(error);
    }
  }
}

/** Keys as options of a command line, those that decide theory alone. */
function optionsOf(setting: Experiment): string {
  return Object.entries(setting).filter(([key]) => !isOfTheRun.has(key)).map(([key, value]) => (value === 'true' ? `--${key}` : `--${key} ${value}`)).join(' ');
}

/** Keys that say how a run was watched and when it ended. */
const isOfTheRun = new Set(['kind', 'record', 'checkpoints', 'until', 'tolerance', 'steps', 'stop', 'ensemble', 'name']);

/** Options of a command line as keys. */
function setting(text: string): Experiment {
  const keys: Experiment = {};
  const words = text.trim().split(/[\s=]+/).filter((word) => word !== '');
  words.forEach((word, i) => {
    if (word.startsWith('--')) keys[word.slice(2)] = words[i + 1]?.startsWith('--') === false ? words[i + 1]! : 'true';
  });
  return Object.keys(keys).length > 0 ? { kind: 'regression', ...keys } : {};
}
