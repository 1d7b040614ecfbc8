/**
 * add, sub, mul, div with numpy broadcasting. The gradient of a broadcast operand is summed over its copies.
 * d(a/b) = da/b - a*db/b^2.
 */
import { broadcastOffset, broadcastShape, map2, type NdArray, ndarray, sameShape, unravel } from './ndarray.ts';

export type BinaryName = 'add' | 'sub' | 'mul' | 'div';

interface BinaryFunction {
  readonly f: (a: number, b: number) => number;
  readonly da: (a: number, b: number) => number;
  readonly db: (a: number, b: number) => number;
}

export const BINARY: Readonly<Record<BinaryName, BinaryFunction>> = {
  add: { f: (a, b) => a + b, da: () => 1, db: () => 1 },
  sub: { f: (a, b) => a - b, da: () => 1, db: () => -1 },
  mul: { f: (a, b) => a * b, da: (_, b) => b, db: (a) => a },
  div: { f: (a, b) => a / b, da: (_, b) => 1 / b, db: (a, b) => -a / (b * b) },
};

export function binary(name: BinaryName, a: NdArray, b: NdArray): NdArray {
  const { f } = BINARY[name];
  if (sameShape(a.shape, b.shape)) return map2(a, b, f);
  const y = ndarray(broadcastShape(a.shape, b.shape));
  for (let i = 0; i < y.data.length; i++) {
    const index = unravel(i, y.shape);
    y.data[i] = f(a.data[broadcastOffset(index, a.shape)], b.data[broadcastOffset(index, b.shape)]);
  }
  return y;
}

export function binaryBackward(name: BinaryName, a: NdArray, b: NdArray, dy: NdArray): { da: NdArray; db: NdArray } {
  const partial = BINARY[name];
  const da = ndarray(a.shape);
  const db = ndarray(b.shape);
  const same = sameShape(a.shape, b.shape);
  for (let i = 0; i < dy.data.length; i++) {
    const index = same ? [] : unravel(i, dy.shape);
    const aAt = same ? i : broadcastOffset(index, a.shape);
    const bAt = same ? i : broadcastOffset(index, b.shape);
    da.data[aAt] += dy.data[i] * partial.da(a.data[aAt], b.data[bAt]);
    db.data[bAt] += dy.data[i] * partial.db(a.data[aAt], b.data[bAt]);
  }
  return { da, db };
}
