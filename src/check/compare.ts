/** Element-by-element comparison by the rule of CONFORMANCE.md, for doctor, conform and the tests alike. */
export interface Comparison {
  readonly ok: boolean;
  /** Largest |got - ref| over the elements that are finite in both. */
  readonly maxError: number;
  /** Flat position of the worst element (by error over tolerance), -1 where there is none. */
  readonly worst: number;
  /** Error over tolerance at the worst element: at most 1 when ok. */
  readonly used: number;
}

/**
 * |got - ref| <= atol + rtol * |ref|; equal infinities match, and so do two NaN; tolerance 0/0 is exact but for the sign of zero.
 * Other lengths than the reference's never match.
 */
export function compare(
  got: ArrayLike<number>,
  ref: ArrayLike<number>,
  { atol, rtol }: { readonly atol: number; readonly rtol: number },
): Comparison {
  if (got.length !== ref.length)
    return { ok: false, maxError: Number.POSITIVE_INFINITY, worst: -1, used: Number.POSITIVE_INFINITY };
  let maxError = 0;
  let worst = -1;
  let used = 0;
  for (let i = 0; i < ref.length; i++) {
    const same = got[i] === ref[i] || (Number.isNaN(got[i]) && Number.isNaN(ref[i]));
    if (same) continue;
    const error = Math.abs(got[i] - ref[i]);
    const allowed = atol + rtol * Math.abs(ref[i]);
    // An infinity or NaN on one side only: the difference says nothing, and it can never be allowed.
    const share = Number.isFinite(error) && Number.isFinite(allowed) ? error / allowed : Number.POSITIVE_INFINITY;
    if (Number.isFinite(error)) maxError = Math.max(maxError, error);
    if (worst === -1 || share > used) {
      worst = i;
      used = share;
    }
  }
  return { ok: used <= 1, maxError, worst, used };
}
