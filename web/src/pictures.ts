import Plotly from 'plotly.js-cartesian-dist-min';
import { coloursOf } from './colours';
import type { Plot, WeightMaps } from './document';
import { svg } from './dom';
import type { PictureFormat } from './download';
import type { Row } from './families';
import { drawingOf, type Size, type View } from './figure';
import { sample } from './legend';
import { paletteOf, type Palette } from './palette';
import { fontFamily, widthOf } from './text';
import { telling } from './weightFrames';
import { weightPicture } from './weightPicture';

/** How large a picture of its own is. */
export interface PictureSize extends Size {
  /** How many pixels of a picture of pixels a pixel of CSS takes. */
  density: number;
}

/** For a page or a slide. */
export const usualSize: PictureSize = { width: 860, height: 440, font: 13, density: 2 };

/** A plot as a picture of its own: on white, with its legend above it. */
export async function pictureOfPlot(plot: Plot, view: View, name: string, format: PictureFormat, size: PictureSize = usualSize): Promise<Blob> {
  const palette = paletteOf('light');
  const { rows } = drawingOf(plot, view, size, palette);
  const legend = legendOf(plot, plot.series.length > 1 ? rows : [], size, palette);
  const { figure } = drawingOf(plot, view, { ...size, height: size.height - legend.height }, palette);
  const address = await Plotly.toImage(figure, { format: 'svg', width: size.width, height: size.height - legend.height });
  const drawn = decodeURIComponent(address.slice(address.indexOf(',') + 1));
  const mark = /id="defs-(\w+)"/.exec(drawn)?.[1]; // drawn by lot, and part of every name inside: the figure's name is as unique and stays the same
  const source = mark ? drawn.replaceAll(mark, `-${name}-`) : drawn;
  const inner = source.replace('<svg ', `<svg y="${legend.height}" `);
  const { width, height } = size;
  return inFormat(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`
      + `<rect width="${width}" height="${height}" fill="${palette.background}"/>${new XMLSerializer().serializeToString(legend.node)}${inner}</svg>`,
    size, format,
  );
}

/** Weights at each plateau as a picture of its own. */
export async function pictureOfWeights(weights: WeightMaps, format: PictureFormat, size?: PictureSize): Promise<Blob> {
  const picture = weightPicture(weights, telling(weights), paletteOf('light'));
  const own = { width: Number(picture.getAttribute('width')), height: Number(picture.getAttribute('height')) };
  const shown = size ? { width: size.width, height: Math.round((own.height / own.width) * size.width) } : own;
  picture.setAttribute('width', String(shown.width));
  picture.setAttribute('height', String(shown.height));
  return inFormat(new XMLSerializer().serializeToString(picture), { ...shown, density: size?.density ?? usualSize.density }, format);
}

/** The rows of a legend side by side, in as many lines as they take. */
function legendOf(plot: Plot, rows: Row[], { width, font }: Size, palette: Palette): { node: SVGGElement; height: number } {
  const colours = coloursOf(plot, palette);
  const node = svg('g', { 'font-family': fontFamily, 'font-size': font, fill: palette.ink });
  const line = 1.5 * font;
  let x = 0.6 * font;
  let y = 0;
  for (const row of rows) {
    const wide = 34 + widthOf(row.name, font);
    if (x > font && x + wide > width) {
      x = 0.6 * font;
      y += line;
    }
    const mark = sample(row, plot, colours);
    mark.setAttribute('x', String(x));
    mark.setAttribute('y', String(y + 0.75 * line - 6));
    node.append(mark, svg('text', { x: x + 33, y: y + 0.75 * line + 0.35 * font }, row.name));
    x += wide + font;
  }
  return { node, height: rows.length > 0 ? Math.ceil(y + 1.4 * line) : 0 };
}

async function inFormat(source: string, size: { width: number; height: number; density: number }, format: PictureFormat): Promise<Blob> {
  if (format === 'svg') return new Blob([source], { type: 'image/svg+xml' });
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = new OffscreenCanvas(Math.round(size.density * size.width), Math.round(size.density * size.height));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw on a canvas.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/png' });
}
