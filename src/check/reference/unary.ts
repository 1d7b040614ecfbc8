/**
 * Element functions of one argument: one table, each row the function and its derivative.
 *
 * Kinks follow PyTorch 1.13: relu'(0) = 0, leaky_relu'(0) = slope, abs'(0) = 0, hardswish' = x/3 + 1/2 on [-3, 3].
 * gelu is the exact one (erf): x * Phi(x), Hendrycks & Gimpel 2016 (arXiv:1606.08415); silu is x * sigmoid(x);
 * hardswish is x * relu6(x + 3) / 6, Howard et al. 2019 (arXiv:1905.02244).
 */
import { map, map2, type NdArray } from './ndarray.ts';

export type UnaryName =
  | 'relu'
  | 'leaky_relu'
  | 'sigmoid'
  | 'tanh'
  | 'gelu'
  | 'silu'
  | 'hardswish'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'square'
  | 'neg'
  | 'abs';

export interface UnaryOptions {
  /** leaky_relu only. */
  readonly negativeSlope?: number;
}

interface UnaryFunction {
  readonly f: (x: number, slope: number) => number;
  readonly df: (x: number, slope: number) => number;
}

/**
 * 1 - erf(x) to about 1e-15: below 2.5 the series erf(x) = 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!! (all terms of one sign),
 * above it the continued fraction erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))).
 * Source: Abramowitz & Stegun 7.1.6 and 7.1.14.
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let tail = x;
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

export function sigmoid(x: number): number {
  // Both branches keep exp's argument negative: no overflow for any x.
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

const normalCdf = (x: number) => 0.5 * erfc(-x / Math.SQRT2);
const normalPdf = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

export const UNARY: Readonly<Record<UnaryName, UnaryFunction>> = {
  relu: { f: (x) => Math.max(x, 0), df: (x) => (x > 0 ? 1 : 0) },
  leaky_relu: { f: (x, slope) => (x > 0 ? x : slope * x), df: (x, slope) => (x > 0 ? 1 : slope) },
  sigmoid: { f: sigmoid, df: (x) => sigmoid(x) * sigmoid(-x) },
  tanh: { f: Math.tanh, df: (x) => 1 - Math.tanh(x) ** 2 },
  gelu: { f: (x) => x * normalCdf(x), df: (x) => normalCdf(x) + x * normalPdf(x) },
  silu: { f: (x) => x * sigmoid(x), df: (x) => sigmoid(x) * (1 + x * sigmoid(-x)) },
  hardswish: {
    f: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    df: (x) => {
      if (x < -3) return 0;
      return x <= 3 ? x / 3 + 0.5 : 1;
    },
  },
  exp: { f: Math.exp, df: Math.exp },
  log: { f: Math.log, df: (x) => 1 / x },
  sqrt: { f: Math.sqrt, df: (x) => 0.5 / Math.sqrt(x) },
  square: { f: (x) => x * x, df: (x) => 2 * x },
  neg: { f: (x) => -x, df: () => -1 },
  abs: { f: Math.abs, df: (x) => Math.sign(x) },
};

export function unary(name: UnaryName, x: NdArray, { negativeSlope = 0.01 }: UnaryOptions = {}): NdArray {
  const { f } = UNARY[name];
  return map(x, (value) => f(value, negativeSlope));
}

/** dx = dy * f'(x). */
export function unaryBackward(
  name: UnaryName,
  x: NdArray,
  dy: NdArray,
  { negativeSlope = 0.01 }: UnaryOptions = {},
): NdArray {
  const { df } = UNARY[name];
  return map2(x, dy, (value, g) => g * df(value, negativeSlope));
}
