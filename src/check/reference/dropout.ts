/**
 * Inverted dropout with the mask given: y = x * mask / (1 - p); p = 1 gives zeros, not NaN. The same formula is its own gradient.
 * Source: Srivastava et al. 2014, https://pytorch.org/docs/1.13/generated/torch.nn.Dropout.html
 */
import { map2, type NdArray } from './ndarray.ts';

export function dropout(x: NdArray, mask: NdArray, p: number): NdArray {
  const scale = p === 1 ? 0 : 1 / (1 - p);
  return map2(x, mask, (value, keep) => (keep === 0 ? 0 : value * keep * scale));
}

export function dropoutBackward(mask: NdArray, dy: NdArray, p: number): NdArray {
  return dropout(dy, mask, p);
}
