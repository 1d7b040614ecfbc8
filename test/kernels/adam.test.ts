import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOptimCase } from '../../src/check/adapters/optim.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { Device } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['adam', 'adamw', 'radam'].flatMap((op) => casesOf(op)))('$op $name', async (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const got = await runOptimCase(device, { op: c.op, attrs: c.attrs, tensors: inputs });
  for (const [name, value] of Object.entries(ref.outputs))
    expect(compare(got[name], value.data, ref.tol[name]), name).toMatchObject({ ok: true });
});
