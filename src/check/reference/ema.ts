import type { NdArray } from './ndarray.ts';
import { ndarray } from './ndarray.ts';

/** y + rate (x - y). */
export function ema(y: NdArray, x: NdArray, rate: number): NdArray {
  return ndarray(
    y.shape,
    Array.from(y.data, (v, i) => v + rate * (x.data[i] - v)),
  );
}
