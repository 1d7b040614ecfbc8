/**
 * Inverted dropout with the mask given: y = x * mask / (1 - p); p = 1 gives zeros, not NaN. The same formula is its own gradient.
 * Source: Srivastava et al. 2014, https://pytorch.org/docs/1.13/generated/torch.nn.Dropout.html
 */
import { map, map2, type NdArray, ndarray } from './ndarray.ts';

export function dropout(x: NdArray, mask: NdArray, p: number): NdArray {
  const scale = p === 1 ? 0 : 1 / (1 - p);
  return map2(x, mask, (value, keep) => (keep === 0 ? 0 : value * keep * scale));
}

export function dropoutBackward(mask: NdArray, dy: NdArray, p: number): NdArray {
  return dropout(dy, mask, p);
}

function mix(v: number): number {
  let h = v >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** The mask that the counter-based generator draws (shaders/lib/hash.wgsl): integers only, so the same everywhere. */
export function dropoutMask(shape: readonly number[], p: number, seed: number, step: number): NdArray {
  const key = mix((mix((seed + 0x9e3779b9) >>> 0) ^ step) >>> 0);
  const threshold = Math.min(2 ** 32 - 1, Math.round(p * 2 ** 32));
  return map(ndarray(shape), (_, i) => {
    const bits = mix((mix((i ^ key) >>> 0) + (key >>> 7) + 0x85ebca6b) >>> 0);
    return p < 1 && bits >= threshold ? 1 : 0;
  });
}
