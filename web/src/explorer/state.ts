import type { Experiment } from './engine';

/** Where the reader is: a page, the keys that differ from its defaults, and what only concerns the view. The address holds all of it. */
export interface State {
  page: string;
  keys: Experiment;
}

/** What the address says. */
export function read(hash: string): State {
  const [page = '', query = ''] = hash.replace(/^#/, '').split('?');
  return { page, keys: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a state, short and readable. */
export function address({ page, keys }: State): string {
  const query = Object.entries(keys).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value).replaceAll('%2C', ',').replaceAll('%3A', ':')}`).join('&');
  return `#${page}${query ? `?${query}` : ''}`;
}

/** Where states are kept: the browser's own history, so that its buttons undo, too. */
export class States {
  private depth = 0;

  constructor(private readonly changed: (state: State) => void) {
    history.replaceState({ depth: 0 }, '');
    addEventListener('popstate', (event) => {
      this.depth = (event.state as { depth?: number } | null)?.depth ?? 0;
      this.changed(read(location.hash));
    });
  }

  get canUndo(): boolean {
    return this.depth > 0;
  }

  /** A state to come back to. */
  commit(state: State): void {
    if (address(state) === location.hash) return;
    this.depth++;
    history.pushState({ depth: this.depth }, '', address(state));
  }

  undo(): void {
    if (this.canUndo) history.back();
  }
}
