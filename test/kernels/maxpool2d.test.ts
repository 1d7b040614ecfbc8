import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Maxpool2dOptions, maxpool2d, maxpool2d_with_indices } from '../../src/autograd/ops/maxpool2d.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { normpool } from '../../src/check/adapters/normpool.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { random } from '../../src/check/random.ts';
import {
  maxpool2dBackward,
  type Maxpool2dOptions as ReferenceOptions,
  maxpool2d as reference,
} from '../../src/check/reference/maxpool2d.ts';
import { ndarray } from '../../src/check/reference/ndarray.ts';
import { Device, type Shape, sizeOf } from '../../src/gpu/index.ts';
import { forceWide } from '../../src/kernels/channels.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('maxpool2d'))('$name', async (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const got = await device.step(() => {
    const { data, shape } = inputs.x;
    const x = Tensor.from(device, Float32Array.from(data), shape, { requiresGrad: true });
    const out = normpool.maxpool2d({ x }, c.attrs, { device, host: {} });
    const { dy } = ref.cotangents;
    backward(out.y, Tensor.from(device, Float32Array.from(dy.data), dy.shape));
    return { ...out, dx: x.grad } as Record<string, Tensor>;
  });
  for (const [name, value] of Object.entries({ ...ref.outputs, ...ref.grads }))
    expect(compare(await got[name].read(), value.data, ref.tol[name]), name).toMatchObject({ ok: true });
  for (const t of Object.values(got)) t.dispose();
});

/** Forward, indices and backward against the reference, exactly: whole numbers, so that ties abound and sums are exact. */
async function check(
  shape: Shape,
  options: Maxpool2dOptions,
  ref: ReferenceOptions,
  special: readonly number[] = [],
): Promise<void> {
  const r = random(3);
  const x = Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(r.uniform() * 9));
  for (const [i, v] of special.entries()) x[(i * 7) % x.length] = v;
  const want = reference(ndarray(shape, x), ref);
  const g = Float32Array.from({ length: want.y.data.length }, (_, i) => (i % 13) - 6);
  const got = await device.step(() => {
    const tx = Tensor.from(device, x, shape, { requiresGrad: true });
    const { y, indices } = maxpool2d_with_indices(tx, options);
    expect(y.shape).toEqual(want.y.shape);
    backward(y, Tensor.from(device, g, y.shape));
    return [y, indices, tx.grad] as Tensor[];
  });
  const [y, indices, dx] = await Promise.all(got.map((t) => t.read()));
  const exact = { atol: 0, rtol: 0 };
  expect(compare(y, want.y.data, exact), 'y').toMatchObject({ ok: true });
  expect(compare(indices, want.indices.data, exact), 'indices').toMatchObject({ ok: true });
  const wantDx = maxpool2dBackward(ndarray(shape, x), want.indices, ndarray(y.length === 0 ? [0] : want.y.shape, g));
  expect(compare(dx, wantDx.data, exact), 'dx').toMatchObject({ ok: true });
  for (const t of got) t.dispose();
}

describe('windows that neither overlap nor leave gaps', () => {
  test.each([
    [2, 2],
    [2, 1],
    [1, 2],
    [4, 1],
    [3, 3],
  ] as [number, number][])('%i x %i, whole and with rows and columns left over', async (h, w) => {
    const kernel = [h, w] as const;
    await check([2, 3, 4 * h, 16 * w], { kernel }, { kernel });
    await check([2, 3, 4 * h + h - 1, 5 * w + w - 1], { kernel }, { kernel });
  });

  test('planes of one output', () => check([70, 3, 2, 2], { kernel: 2 }, { kernel: [2, 2] }));
});

test('not-a-number wins, and -infinity is a value', async () => {
  const special = [
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ];
  await check([1, 1, 6, 8], { kernel: 2 }, { kernel: [2, 2] }, special);
  const padding = { top: 1, bottom: 1, left: 1, right: 1 };
  await check([1, 1, 6, 8], { kernel: 3, stride: 2, padding: 1 }, { kernel: [3, 3], stride: [2, 2], padding }, special);
});

test('a window of padding alone gives -infinity and index -1', async () => {
  const padding = { top: 1, bottom: 1, left: 0, right: 0 };
  await check(
    [1, 1, 1, 3],
    { kernel: [2, 1], stride: 1, dilation: [2, 1], padding },
    { kernel: [2, 1], stride: [1, 1], dilation: [2, 1], padding },
  );
});

test('ceil mode lets the last windows reach beyond the image', async () => {
  const after = { top: 0, bottom: 1, left: 0, right: 1 };
  await check([1, 2, 5, 7], { kernel: 2, ceilMode: true }, { kernel: [2, 2], padding: after });
  // A window that would begin in the padding after the image is left out.
  const before = { top: 1, bottom: 1, left: 1, right: 1 };
  await check([1, 1, 3, 3], { kernel: 2, padding: 1, ceilMode: true }, { kernel: [2, 2], padding: before });
});

describe('integer division, as beyond 2^21 outputs', () => {
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
  test('tiles', () => check([2, 3, 8, 32], { kernel: 2 }, { kernel: [2, 2] }));
  test('flat', () => check([70, 3, 5, 2], { kernel: 2 }, { kernel: [2, 2] }));
  test('overlapping', () => check([2, 3, 9, 7], { kernel: 3, stride: 2 }, { kernel: [3, 3], stride: [2, 2] }));
});

test('errors', () => {
  const x = (...shape: number[]) => Tensor.zeros(device, shape);
  const cases: [() => unknown, string][] = [
    [() => maxpool2d(x(3, 4, 4), { kernel: 2 }), 'maxpool2d: input must be [N, C, H, W], got [3, 4, 4]'],
    [
      () => maxpool2d(x(1, 1, 4, 4), { kernel: [2, 0] }),
      'maxpool2d: kernel, stride and dilation must be whole numbers from 1, got 2,0, 2,0 and 1,1',
    ],
    [
      () => maxpool2d(x(1, 1, 4, 4), { kernel: 2, padding: -1 }),
      'maxpool2d: padding must be whole numbers from 0, got -1,-1,-1,-1',
    ],
    [
      () => maxpool2d(x(1, 1, 2, 4), { kernel: 3 }),
      'maxpool2d: a 3 x 3 window does not fit input [1, 1, 2, 4] with padding 0,0,0,0; pad more or use a smaller window',
    ],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});
