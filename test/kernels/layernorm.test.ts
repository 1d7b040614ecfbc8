import { afterAll, beforeAll, expect, test } from 'vitest';
import { layernorm } from '../../src/autograd/ops/norm.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { normpool } from '../../src/check/adapters/normpool.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { Device } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('layernorm'))('$name', async (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const got = await device.step(() => {
    const t: Record<string, Tensor> = {};
    for (const [name, { data, shape }] of Object.entries(inputs))
      t[name] = Tensor.from(device, Float32Array.from(data), shape, { requiresGrad: true });
    const out = normpool.layernorm(t, c.attrs, { device, host: {} });
    const { data, shape } = ref.cotangents.dy;
    backward(out.y, Tensor.from(device, Float32Array.from(data), shape));
    const grads = Object.entries(t).map(([name, v]) => [`d${name}`, v.grad]);
    return { ...out, ...Object.fromEntries(grads) } as Record<string, Tensor>;
  });
  for (const [name, value] of Object.entries({ ...ref.outputs, ...ref.grads }))
    expect(compare(await got[name].read(), value.data, ref.tol[name]), name).toMatchObject({ ok: true });
  for (const t of Object.values(got)) t.dispose();
});

test('only the gradients that are asked for', async () => {
  const [dbeta, none] = await device.step(() => {
    const x = Tensor.from(device, [1, 2, 3, 4, 5, 7], [2, 3]);
    const beta = Tensor.from(device, [0, 0, 0], [3], { requiresGrad: true });
    backward(layernorm(x, undefined, beta), Tensor.from(device, [1, 2, 3, 4, 5, 6], [2, 3]));
    return [beta.grad as Tensor, x.grad];
  });
  expect([...((await dbeta?.read()) ?? [])]).toEqual([5, 7, 9]);
  expect(none).toBeUndefined();
  dbeta?.dispose();
});

test('errors', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const cases: [() => unknown, string][] = [
    [
      () => layernorm(zeros(2, 3), zeros(4)),
      'layernorm: input must end in the normalised shape [4], got [2, 3]; pass normalizedShape',
    ],
    [
      () => layernorm(zeros(3), undefined, undefined, { normalizedShape: [2, 3] }),
      'layernorm: input must end in the normalised shape [2, 3], got [3]; pass normalizedShape',
    ],
    [() => layernorm(zeros(2, 3), zeros(3), zeros(2)), 'layernorm: beta must be [3], got [2]'],
    [
      () => layernorm(zeros(2, 3), zeros(4), undefined, { normalizedShape: [3] }),
      'layernorm: gamma must be [3], got [4]',
    ],
    [() => layernorm(zeros(2, 0)), 'layernorm: the normalised shape must hold at least one value, got [0]'],
    [() => layernorm(zeros(2, 3), undefined, undefined, { eps: -1 }), 'layernorm: eps must be above 0, got -1'],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});
