import { afterAll, beforeAll, expect, test } from 'vitest';
import { logSoftmax, softmax } from '../../src/autograd/ops/reduction.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { peak, reduction } from '../../src/check/cases/tolerance.ts';
import * as reference from '../../src/check/reference/softmax.ts';
import { Device } from '../../src/gpu/index.ts';
import { check, checkCase, normal } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['softmax', 'log_softmax'].flatMap((op) => casesOf(op)))('$op $name', (c) => checkCase(device, c));

/** [what, shape, dim]: every combination of lanes a row, values held in registers or read again, rows side by side. */
const ways: [string, number[], number][] = [
  ['one lane, held', [1100, 7], 1],
  ['one lane, read again', [1100, 37], 1],
  ['many lanes, held', [9, 100], 1],
  ['many lanes, read again', [3, 700], 1],
  ['rows side by side, one lane, held', [3, 8, 400], 1],
  ['rows side by side, one lane, read again', [3, 20, 400], 1],
  ['rows side by side, many lanes, held', [2, 50, 9], 1],
  ['rows side by side, many lanes, read again', [600, 3], 0],
];

test.each(ways)('%s: %j along %j', async (what, shape, dim) => {
  const x = normal(what, shape);
  const dy = normal(`${what}/dy`, shape);
  const y = reference.softmax(x, dim);
  const logy = reference.logSoftmax(x, dim);
  const count = shape[dim];
  const size = peak(dy);
  await check(device, {
    op: 'softmax',
    attrs: { dim },
    inputs: { x },
    cotangents: { y: dy },
    expected: { y, dx: reference.softmaxBackward(y, dy, dim) },
    tol: { y: reduction(count, peak(y)), dx: reduction(count, 2 * size * peak(y)) },
  });
  await check(device, {
    op: 'log_softmax',
    attrs: { dim },
    inputs: { x },
    cotangents: { y: dy },
    expected: { y: logy, dx: reference.logSoftmaxBackward(logy, dy, dim) },
    tol: { y: reduction(1, 1 + peak(logy)), dx: reduction(count, size * (1 + Math.sqrt(count) * peak(y))) },
  });
});

test('excluded classes (-infinity) have probability zero', async () => {
  const x = Tensor.from(device, [Number.NEGATIVE_INFINITY, 3, 3]);
  expect([...(await softmax(x).read())]).toEqual([0, 0.5, 0.5]);
  expect((await logSoftmax(x).read())[0]).toBe(Number.NEGATIVE_INFINITY);
});

test('a missing dimension is named', () => {
  expect(() => softmax(Tensor.zeros(device, [2, 3]), 2)).toThrow('softmax: expected a dimension from -2 to 1, got 2');
  expect(() => logSoftmax(Tensor.from(device, Int32Array.of(1)))).toThrow('log_softmax: x must be f32, got i32');
});
