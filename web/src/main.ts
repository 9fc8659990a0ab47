import './theme.css';
import { element } from './dom';
import { exportPictures, requestIn } from './exporting';
import { readReport } from './numbers';
import { renderReport } from './report';
import { followTheme } from './theme';

/** The page of a report: reads what is stored in the page and draws it. `#export=svg` asks for its pictures instead. */
async function start(page: HTMLElement): Promise<void> {
  const report = await readReport(textOf('report'), textOf('numbers'));
  const request = requestIn(location.hash);
  followTheme();
  if (request) await exportPictures(page, report, request);
  else await renderReport(page, report);
}

function textOf(id: string): string {
  return document.getElementById(id)?.textContent ?? '';
}

const root = document.documentElement;
const page = document.getElementById('page')!;
root.dataset['state'] = 'drawing';
start(page).then(
  () => (root.dataset['state'] = 'ready'),
  (error: unknown) => {
    root.dataset['state'] = 'failed';
    page.prepend(element('p', { role: 'alert', class: 'failure' }, `This report could not be drawn: ${String(error)}`));
    console.error(error);
  },
).finally(() => document.getElementById('hold')?.remove()); // see oneFile.ts

// On paper everything is open.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});
