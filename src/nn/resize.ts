/**
 * Grey image resizing with an antialiased triangle filter (as Pillow's BILINEAR): bilinear when enlarging, an area
 * average with soft edges when shrinking. Training and reading use this same function, so they see the same pixels.
 */

interface Taps {
  /** First source pixel of each output pixel. */
  readonly first: Int32Array;
  /** Number of source pixels of each output pixel. */
  readonly count: Int32Array;
  /** Weights, `[outputs, widest]`, each row summing to 1. */
  readonly weights: Float32Array;
  readonly widest: number;
}

const cache = new Map<number, Taps>();
const CACHE_LIMIT = 1024;

function tapsFor(source: number, target: number): Taps {
  const key = source * 65536 + target;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const ratio = source / target;
  const support = Math.max(1, ratio);
  const widest = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Float32Array(target * widest);
  for (let i = 0; i < target; i++) {
    const centre = (i + 0.5) * ratio;
    const from = Math.max(0, Math.floor(centre - support + 0.5));
    const to = Math.min(source, Math.floor(centre + support + 0.5));
    let sum = 0;
    for (let s = from; s < to; s++) {
      const w = Math.max(0, 1 - Math.abs(s + 0.5 - centre) / support);
      weights[i * widest + s - from] = w;
      sum += w;
    }
    for (let k = 0; k < to - from; k++) weights[i * widest + k] /= sum;
    first[i] = from;
    count[i] = to - from;
  }
  const taps: Taps = { first, count, weights, widest };
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, taps);
  return taps;
}

let scratch = new Float32Array(0);

/**
 * Resizes `[h, w]` greys to `[targetH, targetW]`, stretching (the aspect ratio is not kept).
 * @param out where to write, else a new array
 * @throws RangeError where a size is not a positive integer or `grey` is not `w * h` long
 */
export function resizeGrey(
  grey: Uint8Array,
  w: number,
  h: number,
  targetW: number,
  targetH: number,
  out: Uint8Array = new Uint8Array(targetW * targetH),
): Uint8Array {
  for (const size of [w, h, targetW, targetH]) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`resizeGrey: sizes are positive integers, got ${size}`);
  }
  if (grey.length !== w * h) throw new RangeError(`resizeGrey: ${grey.length} greys are not ${h} x ${w}`);
  if (out.length !== targetW * targetH) throw new RangeError(`resizeGrey: out is not ${targetH} x ${targetW}`);
  const across = tapsFor(w, targetW);
  const down = tapsFor(h, targetH);
  if (scratch.length < h * targetW) scratch = new Float32Array(h * targetW);
  for (let x = 0; x < targetW; x++) {
    const from = across.first[x];
    const n = across.count[x];
    const row = x * across.widest;
    for (let y = 0; y < h; y++) {
      let v = 0;
      for (let k = 0; k < n; k++) v += across.weights[row + k] * grey[y * w + from + k];
      scratch[y * targetW + x] = v;
    }
  }
  for (let y = 0; y < targetH; y++) {
    const from = down.first[y];
    const n = down.count[y];
    const row = y * down.widest;
    for (let x = 0; x < targetW; x++) {
      let v = 0.5;
      for (let k = 0; k < n; k++) v += down.weights[row + k] * scratch[(from + k) * targetW + x];
      out[y * targetW + x] = v;
    }
  }
  return out;
}
