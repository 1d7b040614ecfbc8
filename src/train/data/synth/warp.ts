import type { TextLayer } from './layout.ts';
import type { SynthParams } from './params.ts';
import type { Random } from './random.ts';

/** A plane map by a 3x3 matrix, row-major. */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

/** The crop's coverage maps, each `[height, width]` in 0..1. */
export interface Layers {
  readonly width: number;
  readonly height: number;
  readonly fill: Float32Array;
  readonly stroke: Float32Array;
  readonly chars: readonly { x0: number; x1: number }[];
}

/** The inverse up to scale (the adjugate), enough for a plane map. */
export function invertHomography(m: Homography): Homography {
  const [a, b, c, d, e, f, g, h, i] = m;
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}

/** Maps a point. */
export function project(m: Homography, x: number, y: number): { x: number; y: number } {
  const w = m[6] * x + m[7] * y + m[8];
  return { x: (m[0] * x + m[1] * y + m[2]) / w, y: (m[3] * x + m[4] * y + m[5]) / w };
}

function drawHomography(random: Random, width: number, height: number, params: SynthParams): Homography {
  const turn = random.chance(params.rotateShare) ? (random.normal() * params.rotateDeviation * Math.PI) / 180 : 0;
  const shear = random.normal() * params.shearDeviation;
  const clip = (v: number): number => Math.max(-2.2, Math.min(2.2, v));
  const gx = (clip(random.normal()) * params.perspectiveX) / (width / 2);
  const gy = (clip(random.normal()) * params.perspectiveY) / (height / 2);
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const a = cos;
  const b = cos * shear - sin;
  const d = sin;
  const e = sin * shear + cos;
  // About the layer's centre: T(-centre) first.
  const cx = width / 2;
  const cy = height / 2;
  return [a, b, -a * cx - b * cy, d, e, -d * cx - e * cy, gx, gy, 1 - gx * cx - gy * cy];
}

/** Left, right, top and bottom of the warped ink; undefined where the layer is empty. */
function inkBounds(layer: TextLayer, map: Homography): { x0: number; x1: number; y0: number; y1: number } | undefined {
  const { width, height, rgba } = layer;
  let x0 = Infinity;
  let x1 = -Infinity;
  let y0 = Infinity;
  let y1 = -Infinity;
  const add = (x: number, y: number): void => {
    const p = project(map, x, y);
    if (p.x < x0) x0 = p.x;
    if (p.x > x1) x1 = p.x;
    if (p.y < y0) y0 = p.y;
    if (p.y > y1) y1 = p.y;
  };
  // The extremes of the rows hold the hull, and a plane map keeps hulls.
  for (let y = 0; y < height; y++) {
    const row = y * width * 4;
    let left = 0;
    while (left < width && (rgba[row + left * 4] ?? 0) < 96 && (rgba[row + left * 4 + 1] ?? 0) < 96) left++;
    if (left === width) continue;
    let right = width - 1;
    while ((rgba[row + right * 4] ?? 0) < 96 && (rgba[row + right * 4 + 1] ?? 0) < 96) right--;
    add(left, y);
    add(left, y + 1);
    add(right + 1, y);
    add(right + 1, y + 1);
  }
  return x1 > x0 && y1 > y0 ? { x0, x1, y0, y1 } : undefined;
}

/**
 * Draws rotation, perspective and margins, and samples the layer into a crop of the natural height.
 * @returns undefined where the layer holds no ink
 */
export function warpLayer(random: Random, layer: TextLayer, params: SynthParams): Layers | undefined {
  const map = drawHomography(random, layer.width, layer.height, params);
  const ink = inkBounds(layer, map);
  const height = params.height + (random.chance(params.tallerShare) ? 1 : 0);
  const margin = (mean: number): number => mean + random.normal() * params.marginDeviation;
  const [top, bottom, left, right] = [
    margin(params.marginTop),
    margin(params.marginBottom),
    margin(params.marginLeft),
    margin(params.marginRight),
  ];
  if (ink === undefined) return undefined;
  const textHeight = ink.y1 - ink.y0;
  const cropTop = ink.y0 - top * textHeight;
  const cropHeight = (1 + top + bottom) * textHeight;
  const cropLeft = ink.x0 - left * textHeight;
  const scale = height / cropHeight;
  const width = Math.max(8, Math.min(640, Math.round((ink.x1 - ink.x0 + (left + right) * textHeight) * scale)));

  const inverse = invertHomography(map);
  const size = width * height;
  const fill = new Float32Array(size);
  const stroke = new Float32Array(size);
  // One bilinear tap reads 2 layer pixels: coarser layers need more taps, or thin strokes break up.
  const taps = 1 / scale > 2.3 ? 2 : 1;
  const weight = 1 / (255 * taps * taps);
  const { rgba } = layer;
  const lw = layer.width;
  const maxX = layer.width - 1.001;
  const maxY = layer.height - 1.001;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let f = 0;
      let b = 0;
      for (let tap = 0; tap < taps * taps; tap++) {
        const px = cropLeft + (x + ((tap % taps) + 0.5) / taps) / scale;
        const py = cropTop + (y + ((tap >> 1) + 0.5) / taps) / scale;
        const w = 1 / (inverse[6] * px + inverse[7] * py + inverse[8]);
        const u = (inverse[0] * px + inverse[1] * py + inverse[2]) * w - 0.5;
        const v = (inverse[3] * px + inverse[4] * py + inverse[5]) * w - 0.5;
        if (u >= 0 && v >= 0 && u < maxX && v < maxY) {
          const iu = u | 0;
          const iv = v | 0;
          const fu = u - iu;
          const fv = v - iv;
          const at = (iv * lw + iu) * 4;
          const below = at + lw * 4;
          const w00 = (1 - fu) * (1 - fv);
          const w01 = fu * (1 - fv);
          const w10 = (1 - fu) * fv;
          const w11 = fu * fv;
          f += rgba[at] * w00 + rgba[at + 4] * w01 + rgba[below] * w10 + rgba[below + 4] * w11;
          b += rgba[at + 1] * w00 + rgba[at + 5] * w01 + rgba[below + 1] * w10 + rgba[below + 5] * w11;
        }
      }
      const at = y * width + x;
      fill[at] = f * weight;
      stroke[at] = b * weight;
    }
  }
  const chars = layer.letters.map((letter) => ({
    x0: (project(map, letter.x0, letter.y).x - cropLeft) * scale,
    x1: (project(map, letter.x1, letter.y).x - cropLeft) * scale,
  }));
  return { width, height, fill, stroke, chars };
}
