import { afterAll, beforeAll, expect, test } from 'vitest';
import { add, mul } from '../../src/autograd/ops/elementwise.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { ELEMENTWISE, peak, reduction } from '../../src/check/cases/tolerance.ts';
import { type BinaryName, binary, binaryBackward } from '../../src/check/reference/binary.ts';
import { abs } from '../../src/check/reference/ndarray.ts';
import { Device } from '../../src/gpu/index.ts';
import { check, checkCase, normal } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['add', 'sub', 'mul', 'div'].flatMap((op) => casesOf(op)))('$op $name', (c) => checkCase(device, c));

/** [what, a, b]: every rank of the walk, and rows that fill whole workgroups. */
const walks: [string, number[], number[]][] = [
  ['a workgroup stays in one row', [3, 5, 512], [5, 1]],
  ['rows of whole workgroups, repeated', [7, 256], [256]],
  ['two dimensions', [9, 33], [33]],
  ['three dimensions', [4, 5, 7], [5, 1]],
  ['four dimensions', [3, 1, 5, 1], [1, 4, 1, 6]],
  ['five dimensions', [2, 1, 3, 1, 4], [1, 3, 1, 2, 1]],
  ['six dimensions', [2, 1, 3, 1, 4, 1], [1, 3, 1, 2, 1, 5]],
  ['more dimensions than six that merge', [2, 1, 1, 1, 3, 4, 5, 6], [2, 1, 1, 1, 3, 4, 5, 6]],
];
const runs = walks.flatMap((walk) => (['add', 'mul', 'div'] as const).map((op) => [op, ...walk] as const));

test.each(runs)('%s broadcasts, %s: %j with %j', async (op: BinaryName, what, aShape, bShape) => {
  const a = normal(`${what}/a`, aShape);
  const b = normal(`${what}/b`, bShape);
  // Away from zero, so that a quotient is well conditioned.
  b.data.forEach((v, i) => {
    b.data[i] = Math.fround(v < 0 ? v - 1 : v + 1);
  });
  const y = binary(op, a, b);
  const dy = normal(`${what}/dy`, y.shape);
  const { da, db } = binaryBackward(op, a, b, dy);
  const size = binaryBackward(op, abs(a), abs(b), abs(dy));
  const terms = (part: { data: Float64Array }) => y.data.length / part.data.length;
  await check(device, {
    op,
    attrs: {},
    inputs: { a, b },
    cotangents: { y: dy },
    expected: { y, da, db },
    tol: { y: ELEMENTWISE, da: reduction(terms(a), peak(size.da)), db: reduction(terms(b), peak(size.db)) },
  });
});

test('shapes that do not broadcast are named', () => {
  const a = Tensor.zeros(device, [2, 3]);
  expect(() => add(a, Tensor.zeros(device, [2, 4]))).toThrow(
    'add: expected shapes that broadcast, got [2, 3] and [2, 4]',
  );
  expect(() => mul(a, Tensor.from(device, Int32Array.of(1)))).toThrow('mul: b must be f32, got i32');
});

test('seven dimensions that cannot be merged are refused before anything is launched', () => {
  const a = Tensor.zeros(device, [2, 1, 2, 1, 2, 1, 2]);
  const b = Tensor.zeros(device, [1, 2, 1, 2, 1, 2, 1]);
  const before = device.memory().liveBytes;
  expect(() => add(a, b)).toThrow('add: expected at most 6 dimensions that cannot be merged, got 7');
  expect(device.memory().liveBytes).toBe(before);
});
