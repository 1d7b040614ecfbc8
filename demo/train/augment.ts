import type { GreyImage } from '../../src/index.ts';
import { type Random, resizeGrey } from '../../src/nn/index.ts';

/** A training picture at twice the network's size, so that warping it loses nothing. */
export interface WorkImage {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** Room around the word that a warp may bring into view: the picture's own edge, drawn out. */
const SCALE = 2;

/** Brings a picture to the size that `augmentInto` works on. */
export function workImage(image: GreyImage, width: number, height: number): WorkImage {
  const size = { width: SCALE * width, height: SCALE * height };
  return { ...size, grey: resizeGrey(image.grey, image.width, image.height, size.width, size.height) };
}

/** How far a picture is changed, 0 (not at all) to about 1.5. */
export interface AugmentOptions {
  readonly strength: number;
}

/**
 * Writes a changed copy of a picture at the network's size: moved, scaled, slanted, turned, its letters spaced unevenly,
 * darkened, blurred, with noise. Thirty pictures become as many as training asks for.
 */
export function augmentInto(
  { width, height, grey }: WorkImage,
  out: Uint8Array,
  at: number,
  random: Random,
  { strength }: AugmentOptions,
): void {
  const spread = (size: number) => (2 * random.uniform() - 1) * size * strength;
  const scaleX = 1 + spread(0.08);
  const scaleY = 1 + spread(0.14);
  const slant = spread(0.05);
  const turn = spread(0.14);
  const moveX = spread(0.03);
  const moveY = spread(0.08);
  const waveX = spread(0.012);
  const waveY = spread(0.05);
  const phase = 2 * Math.PI * random.uniform();
  const waves = 2 * Math.PI * (0.3 + 0.9 * random.uniform());
  const gamma = Math.exp(spread(0.45));
  const blur = random.uniform() < 0.35 * strength ? random.uniform() : 0;
  const noise = random.uniform() < 0.5 ? random.uniform() * 12 * strength : 0;

  const w = width / SCALE;
  const h = height / SCALE;
  const tone = Uint8Array.from({ length: 256 }, (_, v) => Math.round(255 * (v / 255) ** gamma));
  const image = new Float32Array(w * h);
  for (let y = 0; y < height; y++) {
    const v = (2 * (y + 0.5)) / height - 1;
    for (let x = 0; x < width; x++) {
      const u = (2 * (x + 0.5)) / width - 1;
      const wave = Math.sin(waves * u + phase);
      const sx = u * scaleX + v * slant + moveX + waveX * wave;
      const sy = v * scaleY + u * turn + moveY + waveY * wave;
      image[(y >> 1) * w + (x >> 1)] += sample(grey, width, height, sx, sy) / (SCALE * SCALE);
    }
  }
  const soft = blur > 0 ? blurred(image, w, h, blur) : image;
  for (let i = 0; i < soft.length; i++) {
    const grain = noise > 0 ? random.normal() * noise : 0;
    out[at + i] = Math.max(0, Math.min(255, Math.round(tone[Math.round(soft[i])] + grain)));
  }
}

/** Bilinear, in coordinates of -1 to 1; outside of the picture its edge goes on. */
function sample(grey: Uint8Array, width: number, height: number, u: number, v: number): number {
  const x = Math.max(0, Math.min(width - 1, ((u + 1) * width) / 2 - 0.5));
  const y = Math.max(0, Math.min(height - 1, ((v + 1) * height) / 2 - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const fx = x - x0;
  const fy = y - y0;
  const top = grey[y0 * width + x0] * (1 - fx) + grey[y0 * width + x1] * fx;
  const bottom = grey[y1 * width + x0] * (1 - fx) + grey[y1 * width + x1] * fx;
  return top * (1 - fy) + bottom * fy;
}

/** A 3 x 3 blur, mixed in by `share`. */
function blurred(image: Float32Array, w: number, h: number, share: number): Float32Array {
  const out = new Float32Array(image.length);
  const side = 0.25 * share;
  const middle = 1 - 2 * side;
  const rows = new Float32Array(image.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const row = y * w;
      rows[row + x] =
        middle * image[row + x] + side * (image[row + Math.max(0, x - 1)] + image[row + Math.min(w - 1, x + 1)]);
    }
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      out[y * w + x] =
        middle * rows[y * w + x] + side * (rows[Math.max(0, y - 1) * w + x] + rows[Math.min(h - 1, y + 1) * w + x]);
  return out;
}
