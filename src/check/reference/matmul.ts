/**
 * Matrix product and the linear layer.
 *
 * y[..., i, j] = sum_k op(a)[..., i, k] * op(b)[..., k, j], where op swaps the last two dimensions when asked and the leading
 * dimensions broadcast as in numpy (https://pytorch.org/docs/1.13/generated/torch.matmul.html).
 */
import { broadcastOffset, broadcastShape, type NdArray, ndarray, sizeOf, unravel } from './ndarray.ts';

export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
}

interface Plan {
  readonly batch: number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function plan(a: NdArray, b: NdArray, { transA = false, transB = false }: MatmulOptions): Plan {
  if (a.shape.length < 2 || b.shape.length < 2)
    throw new RangeError('matmul: both tensors need at least two dimensions');
  const [aRows, aCols] = a.shape.slice(-2);
  const [bRows, bCols] = b.shape.slice(-2);
  const m = transA ? aCols : aRows;
  const k = transA ? aRows : aCols;
  const n = transB ? bRows : bCols;
  if (k !== (transB ? bCols : bRows))
    throw new RangeError(`matmul: [${a.shape}] and [${b.shape}] have no common inner extent`);
  return { batch: broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n, k };
}

/** Calls `visit(yOffset, aOffset, bOffset)` once for every product a*b that is added into an element of y. */
function forEachProduct(
  a: NdArray,
  b: NdArray,
  options: MatmulOptions,
  visit: (y: number, a: number, b: number) => void,
): void {
  const { batch, m, n, k } = plan(a, b, options);
  for (let group = 0; group < sizeOf(batch); group++) {
    const index = unravel(group, batch);
    const aBase = broadcastOffset(index, a.shape.slice(0, -2)) * m * k;
    const bBase = broadcastOffset(index, b.shape.slice(0, -2)) * k * n;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        for (let l = 0; l < k; l++) {
          const aAt = aBase + (options.transA ? l * m + i : i * k + l);
          const bAt = bBase + (options.transB ? j * k + l : l * n + j);
          visit((group * m + i) * n + j, aAt, bAt);
        }
      }
    }
  }
}

export function matmul(a: NdArray, b: NdArray, options: MatmulOptions = {}): NdArray {
  const { batch, m, n } = plan(a, b, options);
  const y = ndarray([...batch, m, n]);
  forEachProduct(a, b, options, (yAt, aAt, bAt) => {
    y.data[yAt] += a.data[aAt] * b.data[bAt];
  });
  return y;
}

/** Every product y += a*b sends dy*b to a and dy*a to b; broadcast operands collect from all their copies. */
export function matmulBackward(
  a: NdArray,
  b: NdArray,
  dy: NdArray,
  options: MatmulOptions = {},
): { da: NdArray; db: NdArray } {
  const da = ndarray(a.shape);
  const db = ndarray(b.shape);
  forEachProduct(a, b, options, (yAt, aAt, bAt) => {
    da.data[aAt] += dy.data[yAt] * b.data[bAt];
    db.data[bAt] += dy.data[yAt] * a.data[aAt];
  });
  return { da, db };
}

/** y[..., o] = sum_i x[..., i] * w[o, i] + b[o], weight [out, in] (torch.nn.Linear). */
export function linear(x: NdArray, w: NdArray, b?: NdArray): NdArray {
  const [out, inner] = w.shape;
  const rows = x.data.length / inner;
  const y = ndarray([...x.shape.slice(0, -1), out]);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      let sum = b === undefined ? 0 : b.data[o];
      for (let i = 0; i < inner; i++) sum += x.data[r * inner + i] * w.data[o * inner + i];
      y.data[r * out + o] = sum;
    }
  }
  return y;
}

export function linearBackward(x: NdArray, w: NdArray, dy: NdArray): { dx: NdArray; dw: NdArray; db: NdArray } {
  const [out, inner] = w.shape;
  const rows = x.data.length / inner;
  const dx = ndarray(x.shape);
  const dw = ndarray(w.shape);
  const db = ndarray([out]);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      const g = dy.data[r * out + o];
      db.data[o] += g;
      for (let i = 0; i < inner; i++) {
        dx.data[r * inner + i] += g * w.data[o * inner + i];
        dw.data[o * inner + i] += g * x.data[r * inner + i];
      }
    }
  }
  return { dx, dw, db };
}
