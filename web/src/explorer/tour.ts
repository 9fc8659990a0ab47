import { button, element } from '../dom';
import { prose } from '../mathematics';
import { linearStarts } from './starts';
import type { State } from './state';

interface Step {
  title: string;
  text: string;
  state: State;
}

const base = linearStarts[0]!.keys;

/** From “what is a plateau” to “why this head, why now”. */
export const steps: Step[] = [
  { title: 'What is a plateau?', text: 'A small attention layer learns to do regression in its context, and its loss falls in steps. Between two drops nearly nothing happens: that is a plateau.', state: { page: 'linear', keys: base } },
  { title: 'How high is it?', text: 'On each plateau some components of the inputs are learned and the others are not, so its height is a sum that needs no training. Point at a component in the table: what it takes off the loss is its drop.', state: { page: 'linear', keys: { ...base, spectrum: '0.55,0.25,0.15,0.05' } } },
  { title: 'Why does it last so long?', text: 'A small head grows at a rate that is itself small: half the size of the weights, and every plateau is twice as long. Drag “initial weights” and watch the theory move at once.', state: { page: 'linear', keys: { ...base, init: '0.003' } } },
  { title: 'Why this component?', text: 'The strongest direction left, the one of the largest eigenvalue, grows fastest. Drag the bars: when two come to be equal, their drops come close together.', state: { page: 'linear', keys: { ...base, spectrum: '0.3,0.3,0.2,0.2' } } },
  { title: 'Why this head?', text: 'Each head starts with other weights, and they race without seeing each other; the first one takes the component and the drive of it is gone for the others. Press “new seed”: other heads win, at other times.', state: { page: 'linear', keys: { ...base, seed: '77' } } },
  { title: 'And if there is only one matrix?', text: 'With key and query merged nothing has to line up, and all components are learned in one drop. The staircase comes from the two factors of each head.', state: { page: 'linear', keys: linearStarts[1]!.keys } },
];

/** Six steps, each a state of the page with two sentences. */
export class Tour {
  readonly node = element('aside', { class: 'tour', hidden: true, 'aria-label': 'Guided tour' });
  private at = 0;

  constructor(private readonly go: (state: State) => void) {}

  start(): void {
    this.node.hidden = false;
    this.step(0);
  }

  private step(to: number): void {
    this.at = Math.min(steps.length - 1, Math.max(0, to));
    const { title, text, state } = steps[this.at]!;
    this.node.replaceChildren(
      element('h3', {}, `${this.at + 1} of ${steps.length}: ${title}`), element('p', {}, prose(text)),
      element('div', { class: 'tools' },
        button('back', () => this.step(this.at - 1)),
        button(this.at === steps.length - 1 ? 'end' : 'next', () => (this.at === steps.length - 1 ? this.stop() : this.step(this.at + 1)), { class: 'next' }),
        button('leave the tour', () => this.stop())),
    );
    this.go(state);
  }

  private stop(): void {
    this.node.hidden = true;
  }
}
