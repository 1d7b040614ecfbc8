import { afterAll, beforeAll, expect, test } from 'vitest';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { Staging } from '../../src/gpu/staging.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const MIB = 1024 * 1024;

test('reads that share kept buffers return their own values and sizes', async () => {
  const counts = [3000, 7, 4096, 1, 1025, 3000, 2];
  const arrays = counts.map((n, i) =>
    DeviceArray.from(
      device,
      Float32Array.from({ length: n }, (_, k) => i * 10_000 + k),
      [n],
    ),
  );
  for (let round = 0; round < 2; round++) {
    for (const [i, a] of arrays.entries()) {
      const values = await device.read(a);
      expect(values.length).toBe(counts[i]);
      expect(values[0]).toBe(i * 10_000);
      expect(values[counts[i] - 1]).toBe(i * 10_000 + counts[i] - 1);
    }
    const together = await Promise.all(arrays.map((a) => device.read(a)));
    expect(together.map((v) => v.at(-1))).toEqual(counts.map((n, i) => i * 10_000 + n - 1));
    await device.trim();
  }
  for (const a of arrays) a.dispose();
});

test('a buffer given back serves the next read of its size, and trim forgets it', () => {
  const staging = new Staging(device.raw);
  const first = staging.take(5000);
  expect(first.size).toBe(8192);
  staging.give(first);
  const again = staging.take(8000);
  expect(again).toBe(first);
  staging.give(again);
  staging.trim();
  const fresh = staging.take(8000);
  expect(fresh).not.toBe(first);
  fresh.destroy();
});

test('idle buffers stay within 32 MiB: the oldest go first, and larger ones are never kept', () => {
  const staging = new Staging(device.raw);
  const buffers = [16, 8, 16].map((n) => staging.take(n * MIB));
  for (const b of buffers) staging.give(b);
  // 40 MiB came back: the first went, the other two are there.
  expect(staging.take(8 * MIB)).toBe(buffers[1]);
  expect(staging.take(16 * MIB)).toBe(buffers[2]);
  const huge = staging.take(33 * MIB);
  expect(huge.size).toBe(33 * MIB);
  staging.give(huge);
  expect(staging.take(33 * MIB)).not.toBe(huge);
  staging.trim();
});
