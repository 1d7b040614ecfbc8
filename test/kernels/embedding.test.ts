import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedding } from '../../src/autograd/ops/stochastic.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('embedding'))('embedding $name', (c) => checkCase(device, c));

test('the gradient adds up over blocks of ids and over columns beyond one workgroup', async () => {
  const n = 4100;
  const width = 70;
  const ids = Int32Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 1 : 2));
  const w = Tensor.zeros(device, [3, width], { requiresGrad: true });
  const dw = await device.step(() => {
    backward(
      embedding(Tensor.from(device, ids), w),
      Tensor.from(device, new Float32Array(n * width).fill(1), [n, width]),
    );
    return w.grad;
  });
  const ones = ids.filter((id) => id === 1).length;
  const rows = [0, ones, n - ones].flatMap((v) => new Array<number>(width).fill(v));
  expect([...((await dw?.read()) ?? [])]).toEqual(rows);
});

test('an index outside of the table reads zeros and gives no gradient', async () => {
  const w = Tensor.from(device, [1, 2, 3, 4], [2, 2], { requiresGrad: true });
  const [y, dw] = await device.step(() => {
    const out = embedding(Tensor.from(device, Int32Array.of(-1, 1, 2)), w);
    backward(out, Tensor.from(device, [1, 1, 1, 1, 1, 1], [3, 2]));
    return [out, w.grad];
  });
  expect([...((await y?.read()) ?? [])]).toEqual([0, 0, 3, 4, 0, 0]);
  expect([...((await dw?.read()) ?? [])]).toEqual([0, 0, 1, 1]);
});

test('wrong shapes and types are named', () => {
  const ids = Tensor.from(device, Int32Array.of(0));
  expect(() => embedding(ids, Tensor.zeros(device, [4]))).toThrow('embedding: w must be [rows, width], got [4]');
  expect(() => embedding(Tensor.zeros(device, [1]), Tensor.zeros(device, [4, 2]))).toThrow(
    'embedding: ids must be i32, got f32',
  );
});
