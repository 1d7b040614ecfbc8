import { afterAll, beforeAll, expect, test } from 'vitest';
import { ema as reference } from '../../src/check/reference/ema.ts';
import { ndarray } from '../../src/check/reference/ndarray.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { ema } from '../../src/kernels/index.ts';
import { Random } from '../../src/nn/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each([0, 1, 64, 1031])('moves %d averages towards their values', async (n) => {
  const random = new Random(n + 1);
  const draw = () => Float32Array.from({ length: n }, () => 4 * random.uniform() - 2);
  const [x, y] = [draw(), draw()];
  const moved = await device.step(() => {
    const target = DeviceArray.from(device, y, [n]);
    const values = DeviceArray.from(device, x, [n]);
    for (let k = 0; k < 3; k++) ema(device, target, values, 0.25);
    return target;
  });
  let want = ndarray([n], Array.from(y));
  for (let k = 0; k < 3; k++) want = reference(want, ndarray([n], Array.from(x)), 0.25);
  const got = await device.read(moved);
  moved.dispose();
  expect(got).toHaveLength(n);
  // Three roundings a step of values below 4.
  got.forEach((v, i) => {
    expect(Math.abs(v - want.data[i])).toBeLessThanOrEqual(3 * 3 * 4 * 2 ** -24);
  });
});

test('a value that stays is reached', async () => {
  const out = await device.step(() => {
    const target = DeviceArray.from(device, Float32Array.of(-7), [1]);
    const values = DeviceArray.from(device, Float32Array.of(3), [1]);
    for (let k = 0; k < 200; k++) ema(device, target, values, 0.5);
    return target;
  });
  expect([...(await device.read(out))]).toEqual([3]);
  out.dispose();
});
