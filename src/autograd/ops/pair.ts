import type { Padding } from '../../kernels/index.ts';

/** One number for both dimensions, or height and width. */
export type Pair = number | readonly [number, number];

export function pair(v: Pair): readonly [number, number] {
  return typeof v === 'number' ? [v, v] : v;
}

/** Padding of each side. */
export function sides(padding: Pair | Padding): Padding {
  if (typeof padding === 'object' && 'top' in padding) return padding;
  const [h, w] = pair(padding);
  return { top: h, bottom: h, left: w, right: w };
}
