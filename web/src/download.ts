import { button, element } from './dom';

export type PictureFormat = 'svg' | 'png';

/** Gives the reader a file. */
export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type: `${type};charset=utf-8` }) : content;
  const address = URL.createObjectURL(blob);
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser may still be reading
}

/** The buttons of a figure that give it as a picture or as numbers. */
export function downloads(name: string, picture: (format: PictureFormat) => Promise<Blob>, csv: () => string): HTMLElement {
  const give = async (format: PictureFormat) => download(`${name}.${format}`, await picture(format));
  return element('span', { class: 'downloads' },
    button('SVG', () => void give('svg'), { class: 'svg' }),
    button('PNG', () => void give('png'), { class: 'png' }),
    button('CSV', () => download(`${name}.csv`, csv(), 'text/csv'), { class: 'csv' }),
  );
}
