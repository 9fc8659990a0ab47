import { element } from '../dom';
import { Stale } from './engine';
import type { Experiment } from './engine';
import type { State } from './state';

/** One page of the explorer. */
export interface Page {
  /** What the address calls it. */
  id: string;
  title: string;
  node: HTMLElement;
  /** Shows a state; whatever was at work for another is given up. */
  enter(keys: Experiment): void;
  leave(): void;
}

/** What a page can ask of the frame around it. */
export interface Frame {
  /** Makes a state one to come back to. */
  commit(state: State): void;
  undo(): void;
  canUndo(): boolean;
}

/** A place for one sentence: what is wrong, or what is going on. */
export class Notice {
  readonly node = element('p', { class: 'notice', 'aria-live': 'polite' });

  say(text: string): void {
    this.node.classList.remove('failure');
    this.node.textContent = text;
  }

  fail(error: unknown): void {
    if (error instanceof Stale) return;
    this.node.classList.add('failure');
    this.node.textContent = error instanceof Error ? error.message : String(error);
  }
}

/** Puts a text into the clipboard, or shows it where the browser does not allow that. */
export async function copy(text: string, notice: Notice): Promise<void> {
  const shown = document.getElementById('copied') ?? document.body.appendChild(element('output', { id: 'copied', hidden: true }));
  shown.textContent = text;
  try {
    await navigator.clipboard.writeText(text);
    notice.say('Copied.');
  } catch {
    notice.say(text);
  }
}
