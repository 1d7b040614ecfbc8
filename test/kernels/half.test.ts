import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  conv2d,
  gru,
  half,
  linear,
  lstm,
  matmul,
  packRecurrent,
  type RecurrentParams,
  Tensor,
} from '../../src/autograd/index.ts';
import { nearestHalf } from '../../src/check/reference/half.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, VARIANTS, type VariantName, variantsOf } from '../../src/kernels/index.ts';
import { fromHalf, toHalf } from '../../src/nn/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test('x', async () => {
  const t = Tensor.from(device, Float32Array.from([1, 1 / 3, 70000, -1e9, NaN, 1e-7]), [6]);
  const h = half(t);
  console.log(await h.read());
  const w = Tensor.from(
    device,
    Float32Array.from({ length: 16 * 16 * 9 }, (_, i) => Math.sin(i * 1.3)),
    [16, 16, 3, 3],
  );
  const x = Tensor.from(
    device,
    Float32Array.from({ length: 2 * 16 * 8 * 16 }, (_, i) => Math.cos(i * 1.7)),
    [2, 16, 8, 16],
  );
  const hw = half(w);
  const rw = Tensor.from(device, (await hw.read()) as Float32Array, [16, 16, 3, 3]);
  for (const v of variantsOf(device)) {
    forceVariant(device, v);
    const a = await device.step(() => conv2d(x, hw));
    const b = await device.step(() => conv2d(x, rw));
    expect(await a.read()).toEqual(await b.read());
  }
});
