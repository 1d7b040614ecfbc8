import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  add,
  apply,
  gradcheck,
  linear,
  logSoftmax,
  lstm,
  matmul,
  mul,
  sum,
  Tensor,
  tanh,
} from '../../src/autograd/index.ts';
import { random } from '../../src/check/random.ts';
import { Device, DeviceArray, GradientError } from '../../src/gpu/index.ts';
import { accumulate, defineOp, need } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const rng = random(3);
const normal = (shape: readonly number[], name?: string, scale = 1) =>
  Tensor.from(
    device,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * rng.normal()),
    shape,
    { name },
  );

test('smooth functions of several inputs pass', async () => {
  const [x, w, b] = [normal([5, 4], 'x'), normal([3, 4], 'w', 0.5), normal([3], 'b')];
  const results = await gradcheck(device, ([p, q, r]) => logSoftmax(tanh(linear(p, q, r))), [x, w, b]);
  expect(results).toHaveLength(9);
  for (const r of results) expect(r.error, JSON.stringify(r)).toBeLessThan(1e-2);
  expect(new Set(results.map((r) => r.name))).toEqual(new Set(['x', 'w', 'b']));
});

test('a recurrent layer, with several outputs', async () => {
  const [x, wih, whh] = [normal([4, 2, 3]), normal([20, 3], undefined, 0.5), normal([20, 5], undefined, 0.5)];
  await gradcheck(
    device,
    ([a, weightIh, weightHh]) => {
      const { y, hn, cn } = lstm(a, { weightIh, weightHh });
      return [y, hn, cn];
    },
    [x, wih, whh],
  );
});

/** y = 2 x, whose backward forgets the factor, or takes another. */
const twice = (factor: number) =>
  defineOp<Record<string, never>>({
    name: 'twice',
    forward(d, inputs) {
      const x = need(inputs[0], 'twice', 'x');
      const y = DeviceArray.empty(d, x.shape);
      d.copy(x, y);
      accumulate(d, y, x);
      return { outputs: [y] };
    },
    backward({ device: d, dy: [dy], grad }) {
      const g = need(dy, 'twice', 'dy');
      const dx = grad(0);
      d.copy(g, dx);
      for (let i = 1; i < factor; i++) accumulate(d, dx, g);
      return [dx];
    },
  });

const through = (factor: number, x: Tensor) => apply(twice(factor), [x], {})[0];

test('a right gradient of an op of one own passes, a wrong one fails by name', async () => {
  const [x, w] = [normal([4, 3], 'x'), normal([3, 6], 'w')];
  await gradcheck(device, ([a, b]) => matmul(through(2, a), b), [x, w]);
  const wrong = gradcheck(device, ([a, b]) => matmul(through(1, a), b), [x, w]);
  await expect(wrong).rejects.toThrow(GradientError);
  await expect(wrong).rejects.toThrow(
    /^gradcheck: the gradient of x is wrong: .*\(0?\.?\d.* of its size, 0\.01 allowed\)$/,
  );
});

test('a term without its gradient is found', async () => {
  const x = normal([40]);
  const f = ([a]: readonly Tensor[]) => add(sum(mul(a, a)), sum(a.detach()));
  await expect(gradcheck(device, f, [x])).rejects.toThrow(GradientError);
  await gradcheck(device, ([a]) => add(sum(mul(a, a)), sum(a)), [x]);
});

test('inputs stay as they were, and nothing is left behind', async () => {
  const x = normal([7]);
  const before = await x.read();
  await gradcheck(device, ([a]) => tanh(a), [x]);
  const { liveBytes } = device.memory();
  await gradcheck(device, ([a]) => tanh(a), [x]);
  expect(device.memory().liveBytes).toBe(liveBytes);
  expect(await x.read()).toEqual(before);
  expect(x.requiresGrad).toBe(false);
});

test('integers and functions of nothing are refused', async () => {
  const ids = Tensor.from(device, Int32Array.of(1));
  await expect(gradcheck(device, ([a]) => a, [ids])).rejects.toThrow('gradcheck: input 0 must be f32, got i32');
  const constant = () => Tensor.from(device, [1]);
  await expect(gradcheck(device, constant, [normal([2])])).rejects.toThrow(
    'gradcheck: no output of the function depends on its inputs',
  );
});
