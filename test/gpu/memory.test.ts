import { afterAll, beforeAll, expect, test } from 'vitest';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { fill } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test('memory() counts live, pooled and peak bytes; sizes are exact but for 16 bytes', () => {
  const start = device.memory();
  const a = DeviceArray.empty(device, [100]);
  const b = DeviceArray.empty(device, [3]);
  const empty = DeviceArray.empty(device, [0]);
  expect(device.memory().liveBytes - start.liveBytes).toBe(400 + 16 + 16);
  for (const t of [a, b, empty]) t.dispose();
  const end = device.memory();
  expect(end.liveBytes).toBe(start.liveBytes);
  expect(end.pooledBytes - start.pooledBytes).toBe(432);
  expect(end.peakBytes).toBeGreaterThanOrEqual(end.liveBytes + end.pooledBytes);
});

test('a freed buffer serves the next tensor of its size, and no other', () => {
  const first = DeviceArray.empty(device, [1000]);
  const { id } = first.buffer;
  first.dispose();
  const other = DeviceArray.empty(device, [1001]);
  expect(other.buffer.id).not.toBe(id);
  const second = DeviceArray.empty(device, [10, 100]);
  expect(second.buffer.id).toBe(id);
  other.dispose();
  second.dispose();
});

test('a reused buffer does not leak into what is asked to be zero', async () => {
  const dirty = fill(device, [1000], 7);
  dirty.dispose();
  const clean = DeviceArray.zeros(device, [1000]);
  expect((await device.read(clean)).every((v) => v === 0)).toBe(true);
  clean.dispose();
});

test('the second step allocates nothing, nor do the next hundred', async () => {
  const step = () =>
    device.step(() => {
      const parts = [fill(device, [64], 1), fill(device, [128], 2), fill(device, [4096], 3)];
      return parts[1];
    });
  (await step()).dispose();
  const before = device.memory();
  for (let i = 0; i < 100; i++) (await step()).dispose();
  expect(device.memory()).toEqual(before);
});

test('trim gives pooled buffers back', async () => {
  DeviceArray.empty(device, [12_345]).dispose();
  expect(device.memory().pooledBytes).toBeGreaterThan(0);
  const { liveBytes } = device.memory();
  await device.trim();
  expect(device.memory()).toMatchObject({ pooledBytes: 0, liveBytes });
});

test('a recording has a pool of its own, which ends with it', async () => {
  const before = device.memory();
  const replay = await device.record(() => fill(device, [5000], 4));
  await replay.run();
  expect((await device.read(replay.value))[4999]).toBe(4);
  expect(device.memory().liveBytes).toBe(before.liveBytes + 20000);
  replay.dispose();
  const y = await device.step(() => fill(device, [5000], 5));
  expect((await device.read(y))[0]).toBe(5);
  y.dispose();
});
