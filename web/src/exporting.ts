import type { ExportedPicture, Report } from './document';
import { element } from './dom';
import type { PictureFormat } from './download';
import { pictureOfPlot, pictureOfWeights } from './pictures';
import { whole } from './plot';
import { figureName } from './report';

/** Puts every figure of a report into the page as text, for a program that reads the page: a JSON list of names and base64 contents. */
export async function exportPictures(container: HTMLElement, report: Report, format: PictureFormat): Promise<void> {
  const pictures: ExportedPicture[] = [];
  const add = async (name: string, picture: Blob) => pictures.push({ name, content: await base64(picture) });
  for (const section of report.sections) {
    for (const plot of section.plots) {
      const view = { x: whole(plot, 'x', plot.x.isLogarithmic), y: whole(plot, 'y', plot.y.isLogarithmic), hidden: new Set<never>() };
      const name = figureName(section, plot);
      await add(name, await pictureOfPlot(plot, view, name, format));
    }
    for (const weights of section.weights) await add(figureName(section, weights), await pictureOfWeights(weights, format));
  }
  container.append(element('pre', { id: 'pictures' }, await base64(new Blob([JSON.stringify(pictures)]))));
}

async function base64(content: Blob): Promise<string> {
  let binary = '';
  for (const byte of new Uint8Array(await content.arrayBuffer())) binary += String.fromCharCode(byte);
  return btoa(binary);
}
