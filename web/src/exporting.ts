import type { ExportedPicture, Report } from './document';
import { element } from './dom';
import type { PictureFormat } from './download';
import { pictureOfPlot, pictureOfWeights, usualSize, type PictureSize } from './pictures';
import { shownAtFirst, whole } from './plot';
import { figureName } from './report';

/** What a program asks of the page by its address. */
export interface ExportRequest {
  format: PictureFormat;
  /** The one figure that is wanted, by its name with or without that of its section; null for all. */
  figure: string | null;
  /** The size that is wanted, or the usual one. */
  size: PictureSize;
  isSized: boolean;
}

const paperDensity = 300 / 96; // dots an inch, over pixels of CSS an inch

/** Reads `#export=svg&figure=loss&width=321&font=10.7`, sizes in pixels of CSS; null where nothing is asked for. */
export function requestIn(fragment: string): ExportRequest | null {
  const words = new URLSearchParams(fragment.slice(1));
  const format = words.get('export');
  if (format !== 'svg' && format !== 'png') return null;
  const width = Number(words.get('width')) || 0;
  const font = Number(words.get('font')) || (width > 0 ? Math.min(usualSize.font, 0.031 * width) : usualSize.font);
  const size = width > 0 ? { width, height: Math.round(0.66 * width + 3 * font), font, density: paperDensity } : { ...usualSize, font };
  return { format, figure: words.get('figure'), size, isSized: width > 0 };
}

/** Puts figures of a report into the page as text, for a program that reads the page: a JSON list of names and base64 contents. */
export async function exportPictures(container: HTMLElement, report: Report, request: ExportRequest): Promise<void> {
  const { format, figure, size, isSized } = request;
  const pictures: ExportedPicture[] = [];
  const add = async (name: string, id: string, draw: () => Promise<Blob>) => {
    const isWanted = figure === null || figure === name || figure === id;
    pictures.push({ name, content: isWanted ? await base64(await draw()) : '' });
  };
  for (const section of report.sections) {
    for (const plot of section.plots.map(shownAtFirst)) {
      const view = { x: whole(plot, 'x', plot.x.isLogarithmic), y: whole(plot, 'y', plot.y.isLogarithmic), hidden: new Set<never>() };
      const name = figureName(section, plot);
      await add(name, plot.id, () => pictureOfPlot(plot, view, name, format, size));
    }
    for (const weights of section.weights) await add(figureName(section, weights), weights.id, () => pictureOfWeights(weights, format, isSized ? size : undefined));
  }
  container.append(element('pre', { id: 'pictures' }, await base64(new Blob([JSON.stringify(pictures)]))));
}

async function base64(content: Blob): Promise<string> {
  let binary = '';
  for (const byte of new Uint8Array(await content.arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary);
}
