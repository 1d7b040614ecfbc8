import { Random } from './random.ts';

/** Blurs `[height, width]` in place by a separable Gaussian of `sigma` pixels, edges repeated. */
export function blurGrey(grey: Float32Array, width: number, height: number, sigma: number): void {
  const radius = Math.max(1, Math.ceil(sigma * 2.5));
  const kernel = new Float32Array(radius * 2 + 1);
  let sum = 0;
  for (let i = -radius; i <= radius; i++) {
    const w = Math.exp(-(i * i) / (2 * sigma * sigma));
    kernel[i + radius] = w;
    sum += w;
  }
  for (let i = 0; i < kernel.length; i++) kernel[i] /= sum;
  const line = new Float32Array(Math.max(width, height) + 2 * radius);
  const run = (start: number, stride: number, n: number): void => {
    for (let i = -radius; i < n + radius; i++) {
      line[i + radius] = grey[start + Math.max(0, Math.min(n - 1, i)) * stride];
    }
    for (let i = 0; i < n; i++) {
      let v = 0;
      for (let k = 0; k < kernel.length; k++) v += kernel[k] * line[i + k];
      grey[start + i * stride] = v;
    }
  };
  for (let y = 0; y < height; y++) run(y * width, 1, width);
  for (let x = 0; x < width; x++) run(x, width, height);
}

const NORMALS = 1 << 16;
let normals: Float32Array | undefined;

/** Adds Gaussian noise of `deviation` greys; deviates come from a fixed table at drawn places, which is 10x cheaper. */
export function addNoise(grey: Float32Array, random: Random, deviation: number): void {
  if (normals === undefined) {
    normals = new Float32Array(NORMALS);
    const source = new Random(0x6015e);
    for (let i = 0; i < NORMALS; i++) normals[i] = source.normal();
  }
  let at = random.int(NORMALS);
  // Odd steps visit the whole table before repeating.
  const step = random.int(NORMALS >> 1) * 2 + 1;
  for (let i = 0; i < grey.length; i++) {
    grey[i] += normals[at] * deviation;
    at = (at + step) & (NORMALS - 1);
  }
}

/** Luminance quantisation table of the JPEG standard (ITU T.81, table K.1). */
const QUANT = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];

/** Orthonormal 8-point DCT: `DCT[k * 8 + n]`. */
const DCT = Float32Array.from({ length: 64 }, (_, i) => {
  const k = i >> 3;
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (i & 7) + 1) * k * Math.PI) / 16);
});

const block = new Float32Array(64);
const half = new Float32Array(64);

/**
 * What a baseline JPEG of `quality` (libjpeg's 1..100) does to a grey image: transform, quantise, transform back. The
 * entropy coding between is lossless, so it is left out; a test compares with a real codec.
 */
export function jpegRoundTrip(grey: Float32Array, width: number, height: number, quality: number): Uint8Array {
  const q = Math.max(1, Math.min(100, Math.round(quality)));
  const factor = q < 50 ? Math.floor(5000 / q) : 200 - 2 * q;
  const quant = QUANT.map((v) => Math.max(1, Math.min(255, Math.floor((v * factor + 50) / 100))));
  const out = new Uint8Array(width * height);
  for (let by = 0; by < height; by += 8) {
    for (let bx = 0; bx < width; bx += 8) {
      for (let y = 0; y < 8; y++) {
        const row = Math.min(height - 1, by + y) * width;
        for (let x = 0; x < 8; x++) {
          const v = Math.round(grey[row + Math.min(width - 1, bx + x)]);
          block[y * 8 + x] = Math.max(0, Math.min(255, v)) - 128;
        }
      }
      // half = block * DCT^T; cosines of even order are even about the middle, those of odd order odd.
      for (let y = 0; y < 8; y++) {
        const row = y * 8;
        for (let k = 0; k < 8; k++) {
          const sign = (k & 1) === 0 ? 1 : -1;
          let s = 0;
          for (let n = 0; n < 4; n++) s += (block[row + n] + sign * block[row + 7 - n]) * DCT[k * 8 + n];
          half[row + k] = s;
        }
      }
      // block = DCT * half, quantised; remembers the last row and column that are not all zero.
      let lastRow = 0;
      let lastColumn = 0;
      for (let k = 0; k < 8; k++) {
        const sign = (k & 1) === 0 ? 1 : -1;
        for (let x = 0; x < 8; x++) {
          let s = 0;
          for (let n = 0; n < 4; n++) s += DCT[k * 8 + n] * (half[n * 8 + x] + sign * half[(7 - n) * 8 + x]);
          const step = quant[k * 8 + x] ?? 1;
          const level = Math.round(s / step);
          block[k * 8 + x] = level * step;
          if (level !== 0) {
            lastRow = k;
            if (x > lastColumn) lastColumn = x;
          }
        }
      }
      for (let k = 0; k <= lastRow; k++) {
        for (let x = 0; x < 8; x++) {
          let s = 0;
          for (let n = 0; n <= lastColumn; n++) s += block[k * 8 + n] * DCT[n * 8 + x];
          half[k * 8 + x] = s;
        }
      }
      for (let y = 0; y < 8 && by + y < height; y++) {
        for (let x = 0; x < 8 && bx + x < width; x++) {
          let s = 128.5;
          for (let n = 0; n <= lastRow; n++) s += DCT[n * 8 + y] * half[n * 8 + x];
          out[(by + y) * width + bx + x] = Math.max(0, Math.min(255, s));
        }
      }
    }
  }
  return out;
}
