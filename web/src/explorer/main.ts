import '../theme.css';
import './explorer.css';
import { button, element } from '../dom';
import { themeButton } from '../report';
import { followTheme } from '../theme';
import { CurvePage } from './curve';
import { engine } from './engine';
import { LinearPage } from './linear';
import type { CarriedRun } from './linearWorkbench';
import { LiveReportPage } from './liveReport';
import { NeighboursPage } from './neighbours';
import { NetworkPage } from './network';
import { grokking, markov } from './networks';
import type { Frame, Page } from './page';
import { RunsPage } from './runs';
import { read, States, type State } from './state';
import { Tour } from './tour';
import { VectorPage } from './vector';

const root = document.documentElement;
root.dataset['state'] = 'starting';
followTheme();

const frame: Frame = {
  commit: (state) => states.commit(state),
  undo: () => states.undo(),
  canUndo: () => states.canUndo,
};
const curve = new CurvePage();
const carried = JSON.parse(document.getElementById('run')!.textContent) as CarriedRun | null;
const pages: Page[] = [...(carried ? [new LiveReportPage(frame, carried)] : []), new LinearPage(frame, carried), new VectorPage(frame), new NetworkPage(grokking, frame), new NetworkPage(markov, frame), new NeighboursPage(frame), curve];
const isServed = location.protocol.startsWith('http') && document.getElementById('engine')!.textContent.includes('"served":true');
if (isServed) pages.push(new RunsPage((keys) => go({ page: 'runs', keys })));
let shown: Page | null = null;

/** Shows a state; the page that is left gives up its work. */
function show({ page, keys }: State): void {
  const next = pages.find(({ id }) => id === page) ?? pages[0]!;
  if (shown !== next) {
    shown?.leave();
    shown = next;
    content.replaceChildren(next.node);
    for (const tab of tabs.children) tab.setAttribute('aria-current', tab.getAttribute('data-page') === next.id ? 'page' : 'false');
  }
  next.enter(keys);
}

const states = new States(show);
const go = (state: State) => {
  states.commit(state);
  show(state);
};
const tour = new Tour(go);
const tabs = element('nav', { class: 'tabs', 'aria-label': 'Pages' }, ...pages.map(({ id, title }) => button(title, () => go({ page: id, keys: {} }), { 'data-page': id })));
const content = element('main', { id: 'main' });
document.getElementById('page')!.append(
  element('header', { class: 'masthead' }, element('h1', {}, carried ? `${carried.name}, live` : 'Staircase explorer'), element('div', { class: 'tools' }, button('guided tour', () => tour.start(), { class: 'start-tour' }), themeButton())),
  element('p', { class: 'lead' }, 'Move the spectrum, watch the staircase. The library itself computes in this page; nothing leaves it.'),
  tabs, tour.node, content,
);
show(read(location.hash));

addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
  event.preventDefault();
  if (!event.dataTransfer?.items.length) return;
  go({ page: curve.id, keys: {} });
  void curve.take(event.dataTransfer);
});

Object.assign(window, { staircase: { engine } }); // the console of the browser can ask, too

engine.start().then(
  () => {
    root.dataset['ready'] = String(performance.now());
    root.dataset['state'] = 'ready';
  },
  (error: unknown) => {
    root.dataset['state'] = 'failed';
    content.prepend(element('p', { role: 'alert', class: 'failure' }, `The engine could not start in this browser: ${String(error)}`));
  },
);
