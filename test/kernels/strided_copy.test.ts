import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  concat,
  flip,
  mapToSequence,
  permute,
  reshape,
  slice,
  stack,
  transpose,
} from '../../src/autograd/ops/layout.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { EXACT } from '../../src/check/cases/tolerance.ts';
import * as reference from '../../src/check/reference/layout.ts';
import { Device } from '../../src/gpu/index.ts';
import { check, checkCase, normal } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const ops = ['permute', 'map_to_sequence', 'slice', 'flip', 'reshape', 'concat', 'stack'];
test.each(ops.flatMap((op) => casesOf(op)))('$op $name', (c) => checkCase(device, c));

/** [what, shape, dims]: rows that fill whole workgroups, and every rank of the walk. */
const walks: [string, number[], number[]][] = [
  ['a workgroup stays in one row', [3, 4, 512], [1, 0, 2]],
  ['writes that fill whole workgroups', [256, 5], [1, 0]],
  ['six dimensions', [2, 3, 2, 3, 2, 4], [5, 3, 1, 4, 2, 0]],
];

test.each(walks)('permute, %s: %j by %j', async (what, shape, dims) => {
  const x = normal(what, shape);
  const y = reference.permute(x, dims);
  const dy = normal(`${what}/dy`, y.shape);
  const dx = reference.permuteBackward(x, dy, dims);
  const cotangents = { y: dy };
  await check(device, {
    op: 'permute',
    attrs: { dims },
    inputs: { x },
    cotangents,
    expected: { y, dx },
    tol: { y: EXACT, dx: EXACT },
  });
});

test('a slice with a step, from the end', async () => {
  const x = normal('step', [5, 11]);
  const range = { start: -9, end: -1, step: 3 };
  const y = reference.slice(x, 1, range);
  const dy = normal('step/dy', y.shape);
  const dx = reference.sliceBackward(x, dy, 1, range);
  const tol = { y: EXACT, dx: EXACT };
  const cotangents = { y: dy };
  const attrs = { dim: 1, ...range };
  await check(device, { op: 'slice', attrs, inputs: { x }, cotangents, expected: { y, dx }, tol });
});

test('bits are moved as they are: integers and NaN', async () => {
  const ints = await transpose(Tensor.from(device, Int32Array.of(1, -2, 3, -4, 5, -6), [2, 3])).read();
  expect([...ints]).toEqual([1, -4, -2, 5, 3, -6]);
  expect([...(await flip(Tensor.from(device, [Number.NaN, 1]), 0).read())]).toEqual([1, Number.NaN]);
});

test('reshape shares memory', async () => {
  const x = Tensor.from(device, [1, 2, 3, 4]);
  const y = reshape(x, [2, -1]);
  expect(y.shape).toEqual([2, 2]);
  expect(y.buffer).toBe(x.buffer);
  x.dispose();
  expect([...(await y.read())]).toEqual([1, 2, 3, 4]);
});

test('one tensor may be several parts', async () => {
  const x = Tensor.from(device, [1, 2], [2], { requiresGrad: true });
  const dx = await device.step(() => {
    backward(concat([x, x, x]), Tensor.from(device, [1, 2, 3, 4, 5, 6]));
    return x.grad;
  });
  expect([...((await dx?.read()) ?? [])]).toEqual([9, 12]);
});

test('wrong shapes and arguments are named', () => {
  const x = Tensor.zeros(device, [2, 3]);
  expect(() => permute(x, [0, 0])).toThrow('permute: expected every dimension of [2, 3] once, got [0, 0]');
  expect(() => reshape(x, [4, 2])).toThrow('reshape: [2, 3] holds 6 values, [4, 2] does not');
  expect(() => transpose(Tensor.zeros(device, [3]))).toThrow('transpose: expected at least 2 dimensions, got [3]');
  expect(() => slice(x, 2, 0)).toThrow('slice: expected a dimension from -2 to 1, got 2');
  expect(() => slice(x, 0, 0, 1, 0)).toThrow('slice: step must be a positive integer, got 0');
  expect(() => flip(x, 5)).toThrow('flip: expected a dimension from -2 to 1, got 5');
  expect(() => concat([])).toThrow('concat: expected at least one tensor, got none');
  expect(() => concat([x, Tensor.zeros(device, [2, 4])])).toThrow(
    'concat: expected shapes equal to [2, 3] outside dimension 0, got [2, 4]',
  );
  expect(() => concat([x, Tensor.zeros(device, [2, 3], { dtype: 'i32' })])).toThrow(
    'concat: expected f32 everywhere, got i32',
  );
  expect(() => stack([x, Tensor.zeros(device, [3, 2])])).toThrow('stack: expected [2, 3] everywhere, got [3, 2]');
  expect(() => stack([])).toThrow('stack: expected at least one tensor, got none');
  expect(() => mapToSequence(x)).toThrow('map_to_sequence: expected [B, C, H, W], got [2, 3]');
});
