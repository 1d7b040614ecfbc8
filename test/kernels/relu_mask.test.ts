import { afterAll, beforeAll, expect, test } from 'vitest';
import { ceilDiv, Device, DeviceArray, linearGrid } from '../../src/gpu/index.ts';
import { KERNELS } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

async function mask(y: Float32Array, dy: Float32Array): Promise<ArrayLike<number>> {
  const n = y.length;
  const dx = await device.step(() => {
    const out = DeviceArray.empty(device, [n]);
    device.launch({
      kernel: KERNELS.relu_mask,
      arrays: { y: DeviceArray.from(device, y, [n]), dy: DeviceArray.from(device, dy, [n]), dx: out },
      params: { n },
      grid: linearGrid(ceilDiv(n, 64)),
    });
    return out;
  });
  const values = await device.read(dx);
  dx.dispose();
  return values;
}

test('passes what lies above zero; zero itself, of either sign, passes nothing', async () => {
  const y = Float32Array.of(1, -1, 0, -0, 1e-30, 3);
  expect(await mask(y, Float32Array.of(5, 6, 7, 8, 9, -10))).toEqual(Float32Array.of(5, 0, 0, 0, 9, -10));
});

test.each([1, 63, 64, 65, 1031, 65_535 * 64 + 3])('%d elements', async (n) => {
  const y = Float32Array.from({ length: n }, (_, i) => (i % 3) - 1);
  const dx = Array.from(await mask(y, new Float32Array(n).fill(2)));
  expect(dx.findIndex((v, i) => v !== (i % 3 === 2 ? 2 : 0))).toBe(-1);
});
