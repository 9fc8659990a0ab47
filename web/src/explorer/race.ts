import { svg } from '../dom';
import { paletteOf } from '../palette';
import { fontFamily } from '../text';
import { theme } from '../theme';
import type { Heads, Theory } from './engine';
import type { Light } from './light';
import { spreads } from './linearPlots';

/**
 * Who learns what, and when: a lane for each head, filled in the colour of the component that it holds, as high as it holds it. The triangles are theory's
 * drops, each on the lane of the head that is to learn, with the interval of its time.
 */
export function raceOf(theory: Theory, heads: Heads | null, time: number | null, light: Light, goTo: (time: number) => void): SVGSVGElement {
  const palette = paletteOf(theme());
  const count = theory.isSeparate ? theory.heads : 1;
  const lane = Math.max(14, Math.min(30, 260 / count));
  const [wide, left, top] = [640, 58, 8];
  const high = top + count * lane;
  const isLog = spreads(theory);
  const first = isLog ? Math.max(theory.drops[0]!.time / 20, theory.end / 1e9) : 0;
  const x = (t: number) => left + (wide - left - 8) * (isLog ? Math.log(Math.max(t, first) / first) / Math.log(theory.end / first) : t / theory.end);
  const colour = (d: number) => palette.series[d % palette.series.length]!;
  const picture = svg('svg', {
    class: 'race', viewBox: `0 0 ${wide} ${high + 34}`, role: 'img', 'font-family': fontFamily, 'font-size': 12, fill: palette.ink,
    'aria-label': `Which head learns which component: ${theory.drops.map((drop) => `${drop.head === null ? 'all heads' : `head ${drop.head + 1}`} learns ${drop.components.map((d) => d + 1).join(' ')} at ${drop.time.toPrecision(4)}`).join('; ')}`,
  });
  const D = theory.eigenvalues.length;
  for (let h = 0; h < count; h++) {
    const base = top + (h + 1) * lane - 3;
    picture.append(svg('text', { x: 4, y: base - lane * 0.25, fill: palette.faint }, theory.isSeparate ? `head ${h + 1}` : 'all heads'), svg('path', { d: `M${left} ${base}H${wide - 8}`, stroke: palette.faint, 'stroke-width': 0.5 }));
    for (let d = 0; heads && d < D; d++) {
      const full = theory.fullStrengths[d]! || 1;
      const points: string[] = [];
      let most = 0;
      heads.times.forEach((t, i) => {
        const share = Math.min(1, Math.max(0, heads.strengths[(i * count + h) * D + d]! / full));
        most = Math.max(most, share);
        points.push(`${x(t).toFixed(1)} ${(base - share * (lane - 6)).toFixed(1)}`);
      });
      if (most < 0.02) continue;
      picture.append(light.follow(svg('path', { d: `M${left} ${base}L${points.join('L')}L${x(heads.times.at(-1)!).toFixed(1)} ${base}Z`, fill: colour(d), 'fill-opacity': light.dims(d) ? 0.12 : 0.65 }), d));
    }
  }
  for (const drop of theory.drops) {
    const base = top + ((drop.head ?? 0) + 1) * lane - 3;
    const at = x(drop.time);
    drop.components.slice(0, theory.isSeparate ? D : 1).forEach((d) => {
      const faint = light.dims(d) && theory.isSeparate;
      const mark = svg('g', { opacity: faint ? 0.2 : 1, class: 'drop', 'data-component': d },
        ...(drop.high !== null && drop.high > drop.low ? [svg('path', { d: `M${x(drop.low).toFixed(1)} ${base}H${Math.min(wide - 8, x(drop.high)).toFixed(1)}`, stroke: palette.ink, 'stroke-width': 2.5 })] : []),
        svg('path', { d: `M${at.toFixed(1)} ${base}l-5 9h10z`, fill: colour(d), stroke: palette.ink, 'stroke-width': 0.75, transform: `translate(0 ${-lane + 4})` }),
        svg('path', { d: `M${at.toFixed(1)} ${base}v${-lane + 13}`, stroke: colour(d), 'stroke-width': 1.5, 'stroke-dasharray': '3 2' }),
        svg('title', {}, `theory: ${drop.head === null ? 'all heads' : `head ${drop.head + 1}`} → component ${drop.components.map((c) => c + 1).join(' ')} at ${drop.time.toPrecision(5)}${drop.doubt ? ` (in doubt: ${drop.doubt})` : ''}`));
      picture.append(light.follow(mark, d));
    });
  }
  if (time !== null) picture.append(svg('path', { d: `M${x(time).toFixed(1)} ${top}V${high}`, stroke: palette.ink, 'stroke-width': 1 }));
  for (const t of ticks(first, theory.end, isLog)) picture.append(svg('text', { x: x(t), y: high + 14, 'text-anchor': 'middle', fill: palette.faint }, short(t)));
  picture.append(svg('text', { x: (left + wide) / 2, y: high + 30, 'text-anchor': 'middle', fill: palette.faint }, 'time of the gradient flow'));
  picture.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (((event.clientX - box.left) / box.width) * wide - left) / (wide - left - 8)));
    goTo(isLog ? first * (theory.end / first) ** share : share * theory.end);
  });
  return picture;
}

function ticks(first: number, end: number, isLog: boolean): number[] {
  if (!isLog) {
    const step = 10 ** Math.floor(Math.log10(end / 2));
    const every = end / step > 5 ? 2 * step : end / step < 2.5 ? step / 2 : step;
    return Array.from({ length: Math.floor(end / every) + 1 }, (_, i) => i * every);
  }
  const from = Math.ceil(Math.log10(first));
  return Array.from({ length: Math.floor(Math.log10(end)) - from + 1 }, (_, i) => 10 ** (from + i));
}

function short(value: number): string {
  return value === 0 ? '0' : value >= 1e5 || value < 1e-2 ? value.toExponential(0).replace('e+', 'e') : String(Number(value.toPrecision(3)));
}
