import type { Theme } from './theme';

/** Colours that have to be known to a program, because a picture is made of them; all others are in theme.css. */
export interface Palette {
  background: string;
  ink: string;
  faint: string;
  /** For series, told apart by readers with any kind of colour vision: after Okabe and Ito, darkened or lightened to 3:1 against the background. */
  series: string[];
  /** For weights: most negative, zero, most positive. */
  diverging: [negative: Rgb, zero: Rgb, positive: Rgb];
  /** For what has an order, first to last, each at least 3:1 against the background and their lightness going one way (after Matplotlib's plasma). */
  sequential: string[];
  /** For values in a map, low to high, as far apart in lightness as there is room. */
  values: string[];
}

type Rgb = [red: number, green: number, blue: number];

const palettes: Record<Theme, Palette> = {
  light: {
    background: '#ffffff',
    ink: '#1b1e23',
    faint: '#6b7280',
    series: ['#0067a8', '#d04a02', '#00855f', '#a8488b', '#8f6a00', '#2b2f36', '#3f93c9', '#7a3b12'],
    diverging: [[27, 94, 168], [247, 247, 247], [184, 50, 18]],
    sequential: ['#0d0887', '#5302a3', '#8b0aa5', '#b83289', '#d8576b', '#e06a2c'],
    values: ['#fdf6e3', '#fdca6a', '#f0804e', '#cc4778', '#8b0aa5', '#2a0593'],
  },
  dark: {
    background: '#14171b',
    ink: '#e6e4df',
    faint: '#9aa1ab',
    series: ['#58aee8', '#f58545', '#2fc39b', '#e394c6', '#dcbb3c', '#d3d6db', '#2f86bd', '#c99572'],
    diverging: [[108, 180, 246], [33, 37, 43], [255, 142, 94]],
    sequential: ['#f3e55c', '#fdb42f', '#f68d45', '#e16462', '#c8559f', '#a65ad6'],
    values: ['#14171b', '#3b0f70', '#8c2981', '#de4968', '#fe9f6d', '#fcfdbf'],
  },
};

export function paletteOf(theme: Theme): Palette {
  return palettes[theme];
}

/** The colour of a place in an order, from 0 to 1. */
export function sequential(place: number, palette: Palette): string {
  const last = palette.sequential.length - 1;
  const before = Math.min(last - 1, Math.floor(place * last));
  return mixed(palette.sequential[before]!, palette.sequential[before + 1]!, place * last - before);
}

/** A colour part of the way to another. */
export function mixed(from: string, to: string, share: number): string {
  const parts = (colour: string) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) as Rgb;
  const end = parts(to);
  return hex(parts(from).map((part, i) => part + share * (end[i]! - part)));
}

/** The colour of a weight on a scale from −limit to limit. */
export function weightColour(value: number, limit: number, palette: Palette): string {
  if (!Number.isFinite(value)) return palette.faint;
  const [negative, zero, positive] = palette.diverging;
  const end = value < 0 ? negative : positive;
  const share = limit > 0 ? Math.min(1, Math.abs(value) / limit) : 0;
  return hex(zero.map((z, i) => z + share * (end[i]! - z)));
}

function hex(parts: number[]): string {
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}
