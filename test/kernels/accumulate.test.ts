import { afterAll, beforeAll, expect, test } from 'vitest';
import { add, backward, mul, Tensor } from '../../src/autograd/index.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { accumulate } from '../../src/kernels/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('accumulate'))('gradients that meet: $name', (c) => checkCase(device, c));

test.each([0, 1, 64, 1031, 65_535 * 64 + 3])('adds %d elements in place', async (n) => {
  const [x, y] = [
    Float32Array.from({ length: n }, (_, i) => i % 97),
    Float32Array.from({ length: n }, (_, i) => i % 13),
  ];
  const sum = await device.step(() => {
    const target = DeviceArray.from(device, y, [n]);
    accumulate(device, target, DeviceArray.from(device, x, [n]));
    return target;
  });
  const values = await device.read(sum);
  sum.dispose();
  expect(values.findIndex((v, i) => v !== x[i] + y[i])).toBe(-1);
});

test('a second backward adds to the gradient', async () => {
  const x = Tensor.from(device, [1, 2], [2], { requiresGrad: true });
  const ones = Tensor.from(device, [1, 1]);
  const grad = await device.step(() => {
    backward(mul(x, x), ones);
    backward(add(x, x), ones);
    return x.grad;
  });
  expect([...((await grad?.read()) ?? [])]).toEqual([4, 6]);
});
