import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchnorm2d } from '../../src/autograd/ops/norm.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { normpool } from '../../src/check/adapters/normpool.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { random } from '../../src/check/random.ts';
import { batchnorm2dBackward, batchnorm2d as reference } from '../../src/check/reference/batchnorm2d.ts';
import { ndarray } from '../../src/check/reference/ndarray.ts';
import { Device, type Shape, sizeOf } from '../../src/gpu/index.ts';
import { forceWide, NARROW, tileShape } from '../../src/kernels/channels.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

// 65,537 channels take SwiftShader over ten seconds of CPU.
test.each(casesOf('batchnorm2d'))(
  '$name',
  async (c) => {
    const inputs = makeInputs(c);
    const ref = expected(c, inputs);
    const got = await device.step(() => {
      const t: Record<string, Tensor> = {};
      for (const [name, { data, shape }] of Object.entries(inputs))
        t[name] = Tensor.from(device, Float32Array.from(data), shape, { requiresGrad: ['x', 'w', 'b'].includes(name) });
      const out = normpool.batchnorm2d(t, c.attrs, { device, host: {} });
      const { data, shape } = ref.cotangents.dy;
      backward(out.y, Tensor.from(device, Float32Array.from(data), shape));
      return { ...out, dx: t.x.grad, dw: t.w.grad, db: t.b.grad } as Record<string, Tensor>;
    });
    for (const [name, value] of Object.entries({ ...ref.outputs, ...ref.grads }))
      expect(compare(await got[name].read(), value.data, ref.tol[name]), name).toMatchObject({ ok: true });
    for (const t of Object.values(got)) t.dispose();
  },
  300_000,
);

const draw = (n: number, seed: number) => {
  const r = random(seed);
  return Float32Array.from({ length: n }, () => r.normal());
};

/** Forward and backward with the fused ReLU, against the reference with its mask applied to the cotangent. */
async function checkRelu(shape: Shape, training: boolean): Promise<void> {
  const [, channels] = shape;
  const x = draw(sizeOf(shape), 1);
  const [w, b, mean] = [draw(channels, 2), draw(channels, 3), draw(channels, 4)];
  const variance = draw(channels, 5).map((v) => 0.5 + v * v);
  const dy = draw(x.length, 6);
  const options = { training };
  const params = {
    w: ndarray([channels], w),
    b: ndarray([channels], b),
    runningMean: ndarray([channels], mean),
    runningVar: ndarray([channels], variance),
  };
  const ref = reference(ndarray(shape, x), params, options);
  const masked = ndarray(
    shape,
    dy.map((g, i) => (ref.y.data[i] > 0 ? g : 0)),
  );
  const grads = batchnorm2dBackward(ndarray(shape, x), params, masked, options);
  const got = await device.step(() => {
    const leaf = (data: Float32Array, s: Shape) => Tensor.from(device, data, s, { requiresGrad: true });
    const [tx, tw, tb] = [leaf(x, shape), leaf(w, [channels]), leaf(b, [channels])];
    const y = batchnorm2d(tx, tw, tb, {
      runningMean: Tensor.from(device, mean),
      runningVar: Tensor.from(device, variance),
      training,
      relu: true,
    });
    backward(y, Tensor.from(device, dy, shape));
    return [y, tx.grad, tw.grad, tb.grad] as Tensor[];
  });
  const n = x.length / channels;
  const sums = { atol: 1e-6 * n ** 0.5, rtol: 1e-5 };
  const tolerance = { atol: 2e-5, rtol: 2e-5 };
  const [y, dx, dw, db] = await Promise.all(got.map((t) => t.read()));
  expect(
    compare(
      y,
      ref.y.data.map((v) => Math.max(v, 0)),
      tolerance,
    ),
    'y',
  ).toMatchObject({ ok: true });
  // A value within rounding of 0 may fall on either side: its gradient is not compared.
  const sure = (data: ArrayLike<number>) => Array.from(data, (v, i) => (Math.abs(ref.y.data[i]) > 1e-5 ? v : 0));
  expect(compare(sure(dx), sure(grads.dx.data), tolerance), 'dx').toMatchObject({ ok: true });
  expect(compare(dw, grads.dw.data, sums), 'dw').toMatchObject({ ok: true });
  expect(compare(db, grads.db.data, sums), 'db').toMatchObject({ ok: true });
  for (const t of got) t.dispose();
}

describe.each([true, false])('fused ReLU, training %s', (training) => {
  test.each([
    ['64 x 4', [3, 2, 16, 32]],
    ['32 x 4', [2, 5, 4, 32]],
    ['32 x 2', [2, 5, 4, 16]],
    ['32 x 1', [2, 5, 32]],
    ['flat', [37, 70]],
  ] as [string, number[]][])('tile %s', async (name, shape) => {
    const { workgroup, items, flat } = tileShape(sizeOf(shape.slice(2)));
    expect(flat ? 'flat' : `${workgroup} x ${items}`).toBe(name);
    await checkRelu(shape, training);
  });
});

test('dividing through f32 is exact below the limit', () => {
  const f = Math.fround;
  for (const d of [1, 2, 3, 5, 7, 12, 49, 127, 129, 341, 1000, 4099, 65535, 1048575, NARROW - 1])
    for (const near of [0, d, 1000 * d, NARROW - 1 - (NARROW % d), NARROW - 1])
      for (const a of [near - 1, near, near + 1])
        if (a >= 0 && a < NARROW) expect(Math.trunc(f(f(a + 0.5) * f(1 / d))), `${a} / ${d}`).toBe(Math.trunc(a / d));
});

describe('integer division, as beyond that limit', () => {
  let narrow: Device;
  beforeAll(async () => {
    narrow = device;
    device = await Device.create();
    forceWide(device);
  });
  afterAll(() => {
    device.dispose();
    device = narrow;
  });
  test('tiles', () => checkRelu([3, 2, 16, 32], true));
  test('flat', () => checkRelu([37, 3, 7], true));
});

test('running statistics may be left out in training, and the same call twice gives the same bits', async () => {
  const run = () =>
    device.step(() =>
      batchnorm2d(Tensor.from(device, draw(4800, 8), [4, 3, 400]), undefined, undefined, { training: true }),
    );
  const [a, b] = [await run(), await run()];
  expect(await a.read()).toEqual(await b.read());
  a.dispose();
  b.dispose();
});

test('an empty batch in evaluation gives an empty result and zero gradients', async () => {
  const got = await device.step(() => {
    const gamma = Tensor.from(device, [1, 1], [2], { requiresGrad: true });
    const [runningMean, runningVar] = [Tensor.zeros(device, [2]), Tensor.zeros(device, [2])];
    const y = batchnorm2d(Tensor.zeros(device, [0, 2, 3, 3]), gamma, undefined, {
      runningMean,
      runningVar,
      training: false,
    });
    backward(y, Tensor.zeros(device, [0, 2, 3, 3]));
    return gamma.grad as Tensor;
  });
  expect([...(await got.read())]).toEqual([0, 0]);
  got.dispose();
});

test('errors', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const train = { training: true };
  const both = { runningMean: zeros(3), runningVar: zeros(3) };
  const cases: [() => unknown, string][] = [
    [
      () => batchnorm2d(zeros(4), undefined, undefined, train),
      'batchnorm2d: input must be [N, C, H, W] (or [N, C, ...]), got [4]',
    ],
    [
      () => batchnorm2d(zeros(2, 3, 4, 4), zeros(4), undefined, train),
      'batchnorm2d: gamma must be [3] for input [2, 3, 4, 4], got [4]',
    ],
    [
      () => batchnorm2d(zeros(2, 3, 4, 4), zeros(3), zeros(3, 1), train),
      'batchnorm2d: beta must be [3] for input [2, 3, 4, 4], got [3, 1]',
    ],
    [
      () => batchnorm2d(zeros(2, 3), undefined, undefined, { ...train, ...both, runningVar: zeros(2) }),
      'batchnorm2d: running variance must be [3] for input [2, 3], got [2]',
    ],
    [
      () => batchnorm2d(zeros(2, 3), undefined, undefined, { ...train, runningMean: zeros(3) }),
      'batchnorm2d: running mean and variance must come together, got one; pass both or none',
    ],
    [
      () => batchnorm2d(zeros(2, 3), undefined, undefined, { training: false }),
      'batchnorm2d: evaluation needs the running mean and variance, got none; pass both or train',
    ],
    [
      () => batchnorm2d(zeros(1, 3), undefined, undefined, train),
      'batchnorm2d: training needs at least 2 values a channel, got [1, 3]; use a larger batch or evaluation mode',
    ],
    [
      () => batchnorm2d(zeros(2, 3), undefined, undefined, { ...train, eps: 0 }),
      'batchnorm2d: eps must be above 0, got 0',
    ],
    [
      () => batchnorm2d(zeros(2, 3), undefined, undefined, { ...train, momentum: 1.5 }),
      "batchnorm2d: momentum must lie in [0, 1], got 1.5; it is the weight of the new batch (Keras' 0.99 is 0.01 here)",
    ],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});
