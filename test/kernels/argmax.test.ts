import { afterAll, beforeAll, expect, test } from 'vitest';
import { argmax, sum } from '../../src/autograd/ops/reduction.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { EXACT } from '../../src/check/cases/tolerance.ts';
import { map } from '../../src/check/reference/ndarray.ts';
import { maxBackward, argmax as reference } from '../../src/check/reference/reduce.ts';
import { Device } from '../../src/gpu/index.ts';
import { check, checkCase, normal } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('argmax'))('argmax $name', (c) => checkCase(device, c));

/** [shape, dim]: one lane and many, rows side by side and one behind the other; values full of ties. */
const ways: [number[], number][] = [
  [[5, 1000], 1],
  [[1000, 5], 0],
  [[4100, 9], 1],
  [[9, 5000], 0],
  [[3, 37, 11], 1],
];

test.each(ways)('the first of equal maxima, and the gradient of max there: %j along %j', async (shape, dim) => {
  const x = map(normal(`ties ${shape}`, shape), (v) => Math.round(v));
  const y = reference(x, dim);
  await check(device, { op: 'argmax', attrs: { dim }, inputs: { x }, expected: { y }, tol: { y: EXACT } });
  const dy = normal(`dy ${shape}`, y.shape);
  await check(device, {
    op: 'max',
    attrs: { dim: [dim] },
    inputs: { x },
    cotangents: { y: dy },
    expected: { dx: maxBackward(x, dy, { dims: [dim] }), indices: y },
    tol: { dx: EXACT, indices: EXACT },
  });
});

test('argmax has no gradient, and gives integers that require none', () => {
  const x = Tensor.from(device, [1, 2], [2], { requiresGrad: true });
  const y = argmax(x);
  expect(y.dtype).toBe('i32');
  expect(() => backward(y)).toThrow('backward: the tensor does not depend on anything that requires a gradient');
  expect(() => sum(y)).toThrow('sum: x must be f32, got i32');
});

test('wrong dimensions and empty rows are named', () => {
  expect(() => argmax(Tensor.zeros(device, [2]), 1)).toThrow('argmax: expected a dimension from -1 to 0, got 1');
  expect(() => argmax(Tensor.zeros(device, [2, 0]))).toThrow('argmax: expected at least one element, got [2, 0]');
});
