import { afterAll, beforeAll, expect, test } from 'vitest';
import { gelu, relu, tanh } from '../../src/autograd/ops/elementwise.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { UNARY } from '../../src/check/reference/unary.ts';
import { Device } from '../../src/gpu/index.ts';
import { UNARY_KINDS } from '../../src/kernels/unary.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test('every kind has cases', () => {
  for (const kind of UNARY_KINDS) expect(casesOf(kind).length, kind).toBeGreaterThan(0);
});

// The largest case has 16.8 million elements: about 10 s of CPU, nearly all of it the float64 oracle, which on a busy machine passes
// the usual limit (measured: 154 s for the oracle at a load of 21 on two cores).
const LIMIT_MS = 600_000;
test.each(UNARY_KINDS.flatMap((kind) => casesOf(kind)))('$op $name', (c) => checkCase(device, c), LIMIT_MS);

test('tanh keeps its relative accuracy from 1e-30 to saturation, also where series and exponential meet', async () => {
  const x = Float32Array.of(1e-30, 1e-7, 1e-4, 1e-3, 0.1, 0.2499999, 0.25, 0.2500001, 1, 9, 9.9, 10.1, 1e4);
  const y = await tanh(Tensor.from(device, x)).read();
  x.forEach((v, i) => {
    expect(Math.abs(y[i] / Math.tanh(v) - 1), `tanh(${v})`).toBeLessThan(4e-7);
  });
});

test('gelu keeps its relative accuracy in the negative tail', async () => {
  const x = Float32Array.of(-0.5, -1, -2, -4, -6, -8);
  const y = await gelu(Tensor.from(device, x)).read();
  // exp(-x^2 / 2) turns the rounding of its argument into a relative error of x^2 / 2 units.
  x.forEach((v, i) => {
    expect(Math.abs(y[i] / UNARY.gelu.f(v, 0) - 1), `gelu(${v})`).toBeLessThan((4 + v * v) * 2 ** -23);
  });
});

test('relu lets NaN through, so that it is not hidden from a check', async () => {
  const y = await relu(Tensor.from(device, [Number.NaN, -1, 2])).read();
  expect([...y]).toEqual([Number.NaN, 0, 2]);
});

test('integers are refused by name', () => {
  const x = Tensor.from(device, Int32Array.of(1));
  expect(() => relu(x)).toThrow('relu: x must be f32, got i32');
});
