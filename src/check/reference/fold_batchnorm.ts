/**
 * A batch normalisation in evaluation mode merged into the convolution before it: w' = w s, b' = (b - mean) s + beta with s = gamma / sqrt(var + eps).
 * Source: Jacob et al. 2018, arXiv:1712.05877, section 3.2
 */
import { map, type NdArray } from './ndarray.ts';

export interface FoldInputs {
  readonly weight: NdArray;
  readonly bias?: NdArray;
  readonly gamma: NdArray;
  readonly beta: NdArray;
  readonly mean: NdArray;
  readonly variance: NdArray;
}

export function foldBatchNorm(t: FoldInputs, eps: number): { weight: NdArray; bias: NdArray } {
  const scale = map(t.gamma, (g, o) => g / Math.sqrt(t.variance.data[o] + eps));
  const each = t.weight.data.length / t.gamma.data.length;
  return {
    weight: map(t.weight, (w, i) => w * scale.data[Math.floor(i / each)]),
    bias: map(t.beta, (b, o) => ((t.bias?.data[o] ?? 0) - t.mean.data[o]) * scale.data[o] + b),
  };
}
