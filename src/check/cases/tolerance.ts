/**
 * Derived tolerances.
 *
 * A float32 sum of K products has, with overwhelming probability and in whatever order it is added, an error below
 * lambda * sqrt(K) * u * sum |a_k b_k| with u = 2^-24 and a small lambda (Higham & Mary 2019, "A new approach to probabilistic
 * rounding error analysis", theorem 2.4: already lambda = 5 fails with probability 1e-5 at most). We take lambda = C = 8: the slack pays
 * for what surrounds the sum (a bias, a scale, one activation of a few units in the last place). The scale of each op is
 * the reference itself run on absolute values wherever the op is multilinear, and written out in its file where it is not.
 *
 * Elementary functions: the WGSL specification's accuracy (section "Floating Point Accuracy"), in units of 2^-23:
 * exp 3 + 2|x|; log 3, or 2^-21 absolute on [0.5, 2]; division 2.5; sqrt as 1/inverseSqrt (2 + 2.5); tanh as sinh/cosh.
 */
import { maxAbs, type NdArray } from '../reference/ndarray.ts';
import type { CheckCase, Evaluated, Tolerance } from './types.ts';

export const C = 8;
export const UNIT_ROUNDOFF = 2 ** -24;
export const ULP = 2 ** -23;
/** Smallest normal float32: a device may flush what lies below to zero. */
export const SMALLEST_NORMAL = 2 ** -126;

/** Tolerance of a reduction over K terms whose absolute values sum to `scale` at most. */
export function reduction(K: number, scale: number): Tolerance {
  return { atol: C * Math.sqrt(Math.max(K, 1)) * UNIT_ROUNDOFF * scale + SMALLEST_NORMAL, rtol: 0 };
}

/** All float inputs are whole numbers; the cotangents are then whole, too. */
export function isWhole(c: CheckCase): boolean {
  const floats = Object.values(c.inputs).filter((spec) => spec.dtype === 'f32');
  return floats.length > 0 && floats.every((spec) => spec.kind === 'integers');
}

/**
 * Tolerance of sums of products of inputs and cotangents. Whole numbers below 2^24 add exactly in float32 in any order, so there a long
 * sum is checked bit for bit: a single lost term, which the derived tolerance of a sum of 40,000 terms would hide, shows.
 */
export function summation(c: CheckCase, K: number, scale: number): Tolerance {
  return isWhole(c) && scale < 2 ** 24 ? EXACT : reduction(K, scale);
}

/** Tolerance of a few elementwise operations without cancellation. */
export const ELEMENTWISE: Tolerance = { atol: SMALLEST_NORMAL, rtol: C * UNIT_ROUNDOFF };

/** Moved, compared or counted values: bit for bit. */
export const EXACT: Tolerance = { atol: 0, rtol: 0 };

/** Of a result with two sources of error. */
export function sum(a: Tolerance, b: Tolerance): Tolerance {
  return { atol: a.atol + b.atol, rtol: a.rtol + b.rtol };
}

/** The same tolerance for every output and gradient. */
export function forAll({ outputs, grads }: Evaluated, tolerance: Tolerance): Record<string, Tolerance> {
  return Object.fromEntries([...Object.keys(outputs), ...Object.keys(grads)].map((name) => [name, tolerance]));
}

/** The largest of |x|, and 0 for an empty array or an absent one. */
export function peak(x: NdArray | undefined): number {
  return x === undefined ? 0 : maxAbs(x);
}
