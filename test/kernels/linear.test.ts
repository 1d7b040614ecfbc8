import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linear, Tensor } from '../../src/autograd/index.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, VARIANTS, variantsOf } from '../../src/kernels/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

describe.each(VARIANTS)('%s', (variant) => {
  test.each(casesOf('linear'))('$name', async (c) => {
    if (!variantsOf(device).includes(variant)) throw new Error(`not tested: this adapter has no ${variant} variant`);
    forceVariant(device, variant);
    await checkCase(device, c);
  });
});

test('errors say what was expected and what came', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const cases: [() => unknown, string][] = [
    [() => linear(zeros(), zeros(1, 1)), 'linear: input must be [..., in], got a scalar'],
    [() => linear(zeros(5, 3), zeros(4, 2)), 'linear: weight must be [out, 3] for input [5, 3], got [4, 2]'],
    [() => linear(zeros(5, 3), zeros(3)), 'linear: weight must be [out, 3] for input [5, 3], got [3]'],
    [() => linear(zeros(5, 3), zeros(4, 3), zeros(3)), 'linear: bias must be [4] for weight [4, 3], got [3]'],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});

test('without features the bias is all there is', async () => {
  const y = linear(Tensor.zeros(device, [2, 0]), Tensor.zeros(device, [3, 0]), Tensor.from(device, [1, -2, 3], [3]));
  expect([...(await y.read())]).toEqual([1, -2, 3, 1, -2, 3]);
});
