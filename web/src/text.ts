export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

let context: OffscreenCanvasRenderingContext2D | null = null;

/** How wide a text is in pixels. */
export function widthOf(text: string, size: number, weight = 400): number {
  context ??= new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return text.length * size * 0.6;
  context.font = `${weight} ${size}px ${fontFamily}`;
  return context.measureText(text).width;
}

/** A text in lines that are no wider than so many pixels; a word that is wider has a line of its own. */
export function wrapped(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The words that all texts begin with, and what is left of each. */
export function withoutShared(texts: string[]): { shared: string; rest: string[] } {
  const words = texts.map((text) => text.split(' '));
  let count = 0;
  while (words.every((list) => count < list.length - 1 && list[count] === words[0]![count])) count++;
  return { shared: words[0]!.slice(0, count).join(' ').replace(/,$/, ''), rest: words.map((list) => list.slice(count).join(' ')) };
}

/** A text that is no wider than so many pixels: where it would be, its middle is left out. */
export function shortened(text: string, width: number, size: number): string {
  for (let kept = text.length; kept > 1; kept--) {
    const short = kept === text.length ? text : `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
    if (widthOf(short, size) <= width) return short;
  }
  return text.slice(0, 1);
}

/** Plotly reads some markup in its texts; ours has none. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
