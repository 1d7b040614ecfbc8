import { afterAll, beforeAll, expect, test } from 'vitest';
import { max, mean, sum } from '../../src/autograd/ops/reduction.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { EXACT, peak, reduction } from '../../src/check/cases/tolerance.ts';
import { abs } from '../../src/check/reference/ndarray.ts';
import * as reference from '../../src/check/reference/reduce.ts';
import { Device } from '../../src/gpu/index.ts';
import { sumRows } from '../../src/kernels/reduce.ts';
import { check, checkCase, normal } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['sum', 'mean', 'max'].flatMap((op) => casesOf(op)))('$op $name', (c) => checkCase(device, c));

/** [what, shape, dims]: every way in which lanes, rows, columns and slices are shared out. */
const ways: [string, number[], number[]][] = [
  ['one output, two passes', [70001], [0]],
  ['few outputs side by side, two passes', [5003, 3], [0]],
  ['many outputs side by side, one lane each', [3, 20011], [0]],
  ['bias of a convolution', [16, 5, 9, 11], [0, 2, 3]],
  ['bias of a convolution, rows of whole lanes', [33, 6, 8, 32], [0, 2, 3]],
  ['long rows', [3, 5000], [1]],
  ['short rows, many', [1500, 37], [1]],
  ['short rows, few', [7, 5], [1]],
  ['alternating dimensions', [3, 4, 5, 6, 7], [1, 3]],
  ['alternating dimensions, last one kept', [3, 4, 5, 6, 7], [0, 2]],
  ['six alternating dimensions', [3, 2, 4, 3, 2, 5], [0, 2, 4]],
  ['six alternating dimensions, last one reduced', [3, 2, 4, 3, 2, 5], [1, 3, 5]],
  ['nothing', [3, 4], []],
];

test.each(ways)('sum and max, %s: %j over %j', async (what, shape, dims) => {
  const x = normal(what, shape);
  const y = reference.sum(x, { dims });
  await check(device, {
    op: 'sum',
    attrs: { dim: dims },
    inputs: { x },
    expected: { y },
    tol: { y: reduction(x.data.length / y.data.length, peak(reference.sum(abs(x), { dims }))) },
  });
  await check(device, {
    op: 'max',
    attrs: { dim: dims },
    inputs: { x },
    expected: { y: reference.max(x, { dims }) },
    tol: { y: EXACT },
  });
});

test('a long sum loses nothing but the last bits', async () => {
  // 2^20 times 0.1: one serial accumulator would be wrong in the third digit.
  const x = Tensor.from(device, new Float32Array(2 ** 20).fill(0.1));
  const exact = 2 ** 20 * Math.fround(0.1);
  expect(Math.abs((await sum(x).item()) / exact - 1)).toBeLessThan(1e-6);
});

test('the same sum has the same bits each time', async () => {
  const values = Float32Array.from(normal('bits', [40009]).data);
  const x = Tensor.from(device, values);
  expect(await sum(x).item()).toBe(await sum(x).item());
});

test('maxima of -infinity stay -infinity', async () => {
  const low = Number.NEGATIVE_INFINITY;
  const y = await max(Tensor.from(device, [low, low, low, 1], [2, 2]), { dims: [1] }).read();
  expect([...y]).toEqual([low, 1]);
  expect(await max(Tensor.from(device, [low, low], [1, 2]), { dims: [0, 1] }).item()).toBe(low);
});

test('sumRows gives the gradient of a bias', async () => {
  const y = Tensor.zeros(device, [2]);
  sumRows(device, Tensor.from(device, [1, 2, 3, 4, 5, 6], [3, 2]), y);
  expect([...(await y.read())]).toEqual([9, 12]);
});

test('wrong dimensions and empty means are named', () => {
  const x = Tensor.zeros(device, [2, 3]);
  expect(() => sum(x, { dims: 2 })).toThrow('sum: expected a dimension from -2 to 1, got 2');
  expect(() => sum(x, { dims: [0, -2] })).toThrow('sum: expected distinct dimensions, got [0, -2]');
  expect(() => mean(Tensor.zeros(device, [0, 3]))).toThrow('mean: expected at least one element, got [0, 3]');
  expect(() => max(Tensor.zeros(device, [2, 0]), { dims: 1 })).toThrow(
    'max: expected at least one element, got [2, 0]',
  );
});
