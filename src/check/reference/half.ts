import { map, type NdArray } from './ndarray.ts';

const LARGEST = 65_504;

/** The binary16 nearest to a value, ties to even; values past the largest give that. IEEE 754-2008. */
export function nearestHalf(value: number): number {
  if (Number.isNaN(value)) return value;
  const size = Math.min(Math.abs(value), LARGEST);
  // Eleven significant bits, and none below 2^-24.
  const unit = 2 ** (Math.max(-14, size === 0 ? -14 : Math.floor(Math.log2(size))) - 10);
  const count = size / unit;
  const below = Math.floor(count);
  const rest = count - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  return Math.sign(value) * Math.min((below + (up ? 1 : 0)) * unit, LARGEST);
}

export function half(x: NdArray): NdArray {
  return map(x, nearestHalf);
}
