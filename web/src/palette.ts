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
}

type Rgb = [red: number, green: number, blue: number];

const palettes: Record<Theme, Palette> = {
  light: {
    background: '#ffffff',
    ink: '#1b1e23',
    faint: '#6b7280',
    series: ['#0067a8', '#d04a02', '#00855f', '#a8488b', '#8f6a00', '#2b2f36', '#3f93c9', '#7a3b12'],
    diverging: [[27, 94, 168], [247, 247, 247], [184, 50, 18]],
  },
  dark: {
    background: '#14171b',
    ink: '#e6e4df',
    faint: '#9aa1ab',
    series: ['#58aee8', '#f58545', '#2fc39b', '#e394c6', '#dcbb3c', '#d3d6db', '#2f86bd', '#c99572'],
    diverging: [[108, 180, 246], [33, 37, 43], [255, 142, 94]],
  },
};

export function paletteOf(theme: Theme): Palette {
  return palettes[theme];
}

/** The colour of a weight on a scale from −limit to limit. */
export function weightColour(value: number, limit: number, palette: Palette): string {
  if (!Number.isFinite(value)) return palette.faint;
  const [negative, zero, positive] = palette.diverging;
  const end = value < 0 ? negative : positive;
  const share = limit > 0 ? Math.min(1, Math.abs(value) / limit) : 0;
  return `#${zero.map((z, i) => Math.round(z + share * (end[i]! - z)).toString(16).padStart(2, '0')).join('')}`;
}
