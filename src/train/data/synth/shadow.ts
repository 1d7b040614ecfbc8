import { blurGrey } from './degrade.ts';
import type { SynthParams } from './params.ts';
import type { Random } from './random.ts';

/** A shadow's look: offset in output pixels, copies along it (1: one drop shadow; more: an extruded block), blur. */
export interface ShadowStyle {
  readonly dx: number;
  readonly dy: number;
  readonly copies: number;
  readonly sigma: number;
}

/** Draws whether a word casts a shadow, and which. */
export function drawShadow(random: Random, params: SynthParams): ShadowStyle | undefined {
  const cast = random.chance(params.shadowShare);
  const angle = random.float() * 2 * Math.PI;
  const distance = random.range(params.shadowOffset);
  const extruded = random.chance(params.extrudedShare);
  const soft = random.chance(params.softShadowShare);
  const sigma = random.range(params.shadowBlur);
  if (!cast) return undefined;
  return {
    dx: Math.cos(angle) * distance,
    dy: Math.sin(angle) * distance,
    copies: extruded ? Math.max(2, Math.ceil(distance)) : 1,
    sigma: soft ? sigma : 0,
  };
}

/** The shadow's coverage from those of letters and border, all `[height, width]`; edges are repeated. */
export function castShadow(
  style: ShadowStyle,
  fill: Float32Array,
  stroke: Float32Array,
  width: number,
  height: number,
): Float32Array {
  const out = new Float32Array(width * height);
  for (let copy = 1; copy <= style.copies; copy++) {
    const dx = (style.dx * copy) / style.copies;
    const dy = (style.dy * copy) / style.copies;
    const fx = Math.ceil(dx) - dx;
    const fy = Math.ceil(dy) - dy;
    for (let y = 0; y < height; y++) {
      const y0 = Math.max(0, Math.min(height - 1, y - Math.ceil(dy)));
      const row0 = y0 * width;
      const row1 = Math.max(0, Math.min(height - 1, y - Math.ceil(dy) + 1)) * width;
      for (let x = 0; x < width; x++) {
        const x0 = Math.max(0, Math.min(width - 1, x - Math.ceil(dx)));
        const x1 = Math.max(0, Math.min(width - 1, x - Math.ceil(dx) + 1));
        const a = Math.max(fill[row0 + x0], stroke[row0 + x0]);
        const b = Math.max(fill[row0 + x1], stroke[row0 + x1]);
        const c = Math.max(fill[row1 + x0], stroke[row1 + x0]);
        const d = Math.max(fill[row1 + x1], stroke[row1 + x1]);
        const v = (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
        const at = y * width + x;
        if (v > out[at]) out[at] = v;
      }
    }
  }
  if (style.sigma > 0) blurGrey(out, width, height, style.sigma);
  return out;
}
