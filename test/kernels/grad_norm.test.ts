import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOptimCase } from '../../src/check/adapters/optim.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { gradNorm } from '../../src/kernels/grad_norm.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['clip_grad_norm'].flatMap((op) => casesOf(op)))('$op $name', async (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const got = await runOptimCase(device, { op: c.op, attrs: c.attrs, tensors: inputs });
  for (const [name, value] of Object.entries(ref.outputs))
    expect(compare(got[name], value.data, ref.tol[name]), name).toMatchObject({ ok: true });
});

/** The clip array for one gradient. */
async function clipOf(values: Float32Array, maxNorm: number): Promise<number[]> {
  const g = DeviceArray.from(device, values, [values.length]);
  const clip = DeviceArray.zeros(device, [2]);
  gradNorm(device, g, maxNorm, clip);
  const out = [...(await device.read(clip))];
  g.dispose();
  clip.dispose();
  return out;
}

test('squares that overflow or vanish in float32 do not', async () => {
  expect((await clipOf(Float32Array.of(3e30, 4e30), 1))[1] / 5e30).toBeCloseTo(1, 6);
  expect((await clipOf(Float32Array.of(3e-30, 4e-30), 1))[1] / 5e-30).toBeCloseTo(1, 6);
  // The large and the small value lie in different workgroups.
  const far = new Float32Array(5000);
  far[0] = 1e25;
  far[4999] = 1e-25;
  expect((await clipOf(far, 1))[1] / 1e25).toBeCloseTo(1, 6);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a gradient of %s is reported as -1', async (bad) => {
  const values = new Float32Array(3000).fill(1);
  values[2999] = bad;
  expect(await clipOf(values, 1)).toEqual([-1, -1]);
});
