import { afterAll, beforeAll, expect, test } from 'vitest';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { fill } from '../../src/kernels/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('fill'))('$name', (c) => checkCase(device, c));

test.each([1, 65, 65_535 * 64 + 3])('%d elements', async (n) => {
  const y = await device.step(() => fill(device, [n], -2.5));
  const values = await device.read(y);
  y.dispose();
  expect(values).toHaveLength(n);
  expect(values.findIndex((v) => v !== -2.5)).toBe(-1);
});
