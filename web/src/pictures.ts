import Plotly from 'plotly.js-cartesian-dist-min';
import type { Plot, WeightMaps } from './document';
import type { PictureFormat } from './download';
import { standaloneFigure, type View } from './figure';
import { paletteOf } from './palette';
import { telling } from './weightFrames';
import { weightPicture } from './weightPicture';

const plotSize = { width: 860, height: 440 };
const dotsPerPixel = 2;

/** A plot as a picture of its own: on white, with its legend, at a size for a page or a slide. */
export async function pictureOfPlot(plot: Plot, view: View, name: string, format: PictureFormat): Promise<Blob> {
  const figure = standaloneFigure(plot, view, plotSize, paletteOf('light'));
  const address = await Plotly.toImage(figure, { format: 'svg', ...plotSize });
  const source = decodeURIComponent(address.slice(address.indexOf(',') + 1));
  const mark = /id="defs-(\w+)"/.exec(source)?.[1]; // drawn by lot, and part of every name inside: the figure's name is as unique and stays the same
  return inFormat(mark ? source.replaceAll(mark, `-${name}-`) : source, plotSize, format);
}

/** Weights at each plateau as a picture of its own. */
export async function pictureOfWeights(weights: WeightMaps, format: PictureFormat): Promise<Blob> {
  const picture = weightPicture(weights, telling(weights), paletteOf('light'));
  const size = { width: Number(picture.getAttribute('width')), height: Number(picture.getAttribute('height')) };
  return inFormat(new XMLSerializer().serializeToString(picture), size, format);
}

async function inFormat(source: string, size: { width: number; height: number }, format: PictureFormat): Promise<Blob> {
  if (format === 'svg') return new Blob([source], { type: 'image/svg+xml' });
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = new OffscreenCanvas(dotsPerPixel * size.width, dotsPerPixel * size.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw on a canvas.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/png' });
}
