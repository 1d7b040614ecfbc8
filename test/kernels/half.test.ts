/** Values stored in 16 bits, and what reads them as weights: the same bits as from f32 weights of the same values. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  add,
  backward,
  conv2d,
  embedding,
  gru,
  half,
  linear,
  lstm,
  matmul,
  noGrad,
  packRecurrent,
  type RecurrentParams,
  relu,
  reshape,
  Tensor,
} from '../../src/autograd/index.ts';
import { nearestHalf } from '../../src/check/reference/half.ts';
import { Device } from '../../src/gpu/index.ts';
import { candidateTiles, forceVariant, variantsOf } from '../../src/kernels/index.ts';
import { withTile } from './tiles.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

const draw = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i));

/** Values between -1 and 1, none of them alike. */
function drawn(seed: number, ...shape: number[]): Tensor {
  return Tensor.from(
    device,
    draw(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
    shape,
  );
}

/** Drawn weights in 16 bits, and the same values in 32. */
async function weights(seed: number, ...shape: number[]): Promise<{ h: Tensor; f: Tensor }> {
  const h = half(drawn(seed, ...shape));
  return { h, f: Tensor.from(device, await h.read(), shape) };
}

/** What `body` gives with either, which must be the same bits. */
async function same(body: (half: boolean) => Tensor | readonly Tensor[]): Promise<void> {
  const values = async (half: boolean) => {
    const made = await device.step(() => [body(half)].flat());
    const read = await Promise.all(made.map((y) => y.read()));
    for (const y of made) y.dispose();
    return read;
  };
  const got = await values(true);
  expect(got).toEqual(await values(false));
  for (const data of got) expect(data.some((v) => Math.abs(v) > 1e-3)).toBe(true);
}

const without = "this adapter has no 'shader-f16'";
const skipWithout = ({ skip }: { skip(condition: boolean, note: string): void }) =>
  skip(!device.raw.features.has('shader-f16'), without);

describe('values', () => {
  beforeEach(skipWithout);

  const up = (v: number, by: number) => v + by;
  test.each<[string, readonly number[]]>([
    ['one', [1 / 3]],
    ['none', []],
    ['an odd count', [1, -2.5, 0.1]],
    ['more than one workgroup, and odd', [...draw(1001, 1)]],
    ['zeros of both signs', [0, -0, 0, -0]],
    ['ties', [1 + 2 ** -11, 1 + 3 * 2 ** -11, -(2048 + 1), 2048 + 3, 2 ** -25, 3 * 2 ** -25]],
    ['beside a tie', [up(1 + 2 ** -11, 2 ** -23), up(1 + 2 ** -11, -(2 ** -23)), -4097.5, 4098.5]],
    ['the smallest normal and what lies below', [2 ** -14, 2 ** -14 * (1 - 2 ** -12), 2 ** -15, -3.1e-5, 6.09e-5]],
    ['subnormals', [2 ** -24, -(2 ** -24), 5 * 2 ** -24, 1.3e-7, -9e-6]],
    ['too small', [2 ** -26, -1e-9, 1e-30, 1e-40]],
    ['the largest', [65_504, -65_504, 65_503, 65_488]],
    ['beyond the largest', [65_505, 65_520, -70_000, 3e38, -3e38]],
    ['infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]],
    ['NaN', [Number.NaN, 2, Number.NaN]],
  ])('%s', async (_, values) => {
    const x = Tensor.from(device, values);
    const y = half(x);
    expect([y.dtype, y.shape, y.requiresGrad]).toEqual(['f16', x.shape, false]);
    const got = await y.read();
    expect(got).toBeInstanceOf(Float32Array);
    expect(got).toHaveLength(values.length);
    const x32 = Float32Array.from(values);
    x32.forEach((v, i) => {
      const best = nearestHalf(v);
      // The other side of a tie is as near.
      const within = Math.min(Math.max(v, -65_504), 65_504);
      if (Math.abs(got[i] - within) !== Math.abs(best - within)) expect(got[i], `of ${v}`).toBe(best);
      if (!Number.isNaN(v)) expect(Object.is(Math.sign(got[i]), Math.sign(best)), `sign of ${v}`).toBe(true);
    });
    for (const t of [x, y]) t.dispose();
  });

  test('of a part of a larger tensor, and under another shape', async () => {
    const whole = drawn(2, 130);
    const part = new Tensor(whole.array.view([3, 7], 256));
    const y = half(part);
    const flat = reshape(y, [21]);
    expect([flat.dtype, flat.shape]).toEqual(['f16', [21]]);
    const expected = Float32Array.from((await whole.read()).slice(64, 85), nearestHalf);
    expect(await y.read()).toEqual(expected);
    expect(await flat.read()).toEqual(expected);
    for (const t of [whole, part, y, flat]) t.dispose();
  });

  test('take two bytes each, and all of them are given back', async () => {
    const x = drawn(3, 1000);
    await device.flush();
    const before = device.memory().liveBytes;
    const y = half(x);
    expect(device.memory().liveBytes - before).toBe(2000);
    y.dispose();
    expect(device.memory().liveBytes).toBe(before);
    x.dispose();
  });

  test('are a constant: nothing flows back through them', async () => {
    const x = Tensor.from(device, [1, 2, 3, 4], [2, 2], { requiresGrad: true });
    const y = half(x);
    expect([y.requiresGrad, y.node]).toEqual([false, undefined]);
    for (const t of [x, y]) t.dispose();
  });
});

describe('the same bits as from f32 weights', () => {
  beforeEach(skipWithout);

  test('conv2d, by every variant', async () => {
    const x = drawn(1, 2, 5, 7, 19);
    const w = await weights(2, 19, 5, 3, 3);
    const b = drawn(3, 19);
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await same((half) => conv2d(x, half ? w.h : w.f, b, { stride: 2, padding: 1, relu: true }));
    }
  });

  test('conv2d by blocks of pixels, with and without pooling', async () => {
    const x = drawn(1, 1, 3, 8, 32);
    const w = await weights(2, 16, 3, 3, 3);
    const b = drawn(3, 16);
    const tiles = candidateTiles(device, 'conv2d_3x3').filter((t) => t.block !== undefined);
    const body = () =>
      same((half) =>
        noGrad(() => {
          const options = { padding: 1, relu: true };
          return [conv2d(x, half ? w.h : w.f, b, options), conv2d(x, half ? w.h : w.f, b, { ...options, pool: 2 })];
        }),
      );
    await body();
    // One is the default's already; each takes seconds to compile.
    if (tiles.length > 0) await withTile(device, tiles[0], body);
  });

  test('linear and matmul, by every variant, in fours or not', async () => {
    const [x, odd] = [drawn(1, 9, 12), drawn(2, 5, 7)];
    const [w, wOdd] = [await weights(3, 20, 12), await weights(4, 3, 7)];
    const [batched, wBatched] = [drawn(5, 2, 5, 7), await weights(6, 2, 7, 3)];
    const [b, bOdd] = [drawn(7, 20), drawn(8, 3)];
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await same((half) => linear(x, half ? w.h : w.f, b, { relu: true }));
      await same((half) => linear(odd, half ? wOdd.h : wOdd.f, bOdd, { relu: true }));
      await same((half) => matmul(batched, half ? wBatched.h : wBatched.f));
    }
  });

  test('products in fours: each layout of the weights', async () => {
    const a = drawn(1, 33, 12);
    const [kn, nk] = [await weights(2, 12, 36), await weights(3, 37, 12)];
    const b = drawn(4, 37);
    await same((half) => matmul(a, half ? kn.h : kn.f));
    await same((half) => linear(a, half ? nk.h : nk.f, b, { relu: true }));
  });

  test('embedding', async () => {
    const ids = Tensor.from(device, Int32Array.of(2, 0, -1, 3, 4));
    const w = await weights(1, 4, 5);
    await same((half) => embedding(ids, half ? w.h : w.f));
  });

  describe.each(['lstm', 'gru'] as const)('%s', (name) => {
    const [steps, batch, inputs, hidden] = [3, 3, 7, 9];
    const gates = name === 'lstm' ? 4 : 3;

    /** `weightIh` and `packed` in 16 bits where asked for, else in 32 with the values that 16 hold. */
    async function layer(directions: number): Promise<(half: boolean) => RecurrentParams> {
      const own = (seed: number) => ({
        weightHh: drawn(seed, gates * hidden, hidden),
        biasIh: drawn(seed + 1, gates * hidden),
        biasHh: drawn(seed + 2, gates * hidden),
      });
      const [forward, back] = [own(1), own(11)];
      const [ih, ihBack] = [await weights(5, gates * hidden, inputs), await weights(15, gates * hidden, inputs)];
      const pick = (t: { h: Tensor; f: Tensor }, half: boolean) => (half ? t.h : t.f);
      const params = (half: boolean): RecurrentParams => ({
        ...forward,
        weightIh: pick(ih, half),
        reverse: directions === 2 ? { ...back, weightIh: pick(ihBack, half) } : undefined,
      });
      const packed = half(packRecurrent(params(false)));
      const wide = Tensor.from(device, await packed.read(), packed.shape);
      return (half) => ({ ...params(half), packed: half ? packed : wide });
    }

    test.each([1, 2])('in %i directions, by every variant', async (directions) => {
      const x = drawn(7, steps, batch, inputs);
      const params = await layer(directions);
      const h0 = drawn(8, directions, batch, hidden);
      for (const variant of variantsOf(device)) {
        forceVariant(device, variant);
        await same((half) => {
          if (name === 'gru') return Object.values(gru(x, params(half)));
          return Object.values(lstm(x, params(half)));
        });
        // With states of its own the walk binds them; without, the weights in their place.
        await same((half) => (name === 'gru' ? gru(x, params(half), { h0 }) : lstm(x, params(half), { h0 })).y);
      }
    });

    test('other inputs in 16 bits are refused', async () => {
      const x = drawn(7, steps, batch, inputs);
      const params = (await layer(2))(true);
      const run =
        (p: RecurrentParams, of = x) =>
        () =>
          name === 'gru' ? gru(of, p) : lstm(of, p);
      const message = `${name}: all inputs must be f32, got f16`;
      expect(run(params, half(x))).toThrow(message);
      expect(run({ ...params, weightHh: half(params.weightHh) })).toThrow(message);
      expect(run({ ...params, biasIh: half(drawn(1, gates * hidden)) })).toThrow(message);
      expect(() => packRecurrent({ ...params, weightHh: half(params.weightHh) })).toThrow(
        'recurrent_pack: w0 is f16, expected f32',
      );
    });
  });
});

describe('gradients', () => {
  beforeEach(skipWithout);

  /** The gradient of x with the weights given, and that these have none. */
  async function ofX(shape: readonly number[], forward: (x: Tensor, half: boolean) => Tensor, ...list: Tensor[]) {
    await same((half) => {
      const x = Tensor.from(
        device,
        draw(
          shape.reduce((a, b) => a * b, 1),
          5,
        ),
        shape,
        { requiresGrad: true },
      );
      const y = forward(x, half);
      backward(y, drawn(6, ...y.shape));
      if (!x.grad) throw new Error('no gradient');
      return x.grad;
    });
    expect(list.map((w) => w.grad)).toEqual(list.map(() => undefined));
  }

  test('of what is convolved, by every variant', async () => {
    const w = await weights(1, 6, 3, 3, 3);
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await ofX([1, 3, 5, 9], (x, half) => conv2d(x, half ? w.h : w.f, undefined, { stride: 2, padding: 1 }), w.h);
    }
    forceVariant(device, undefined);
    // Blocks of pixels, where the adapter has them.
    const wide = await weights(2, 16, 16, 3, 3);
    await ofX(
      [1, 16, 4, 16],
      (x, half) => conv2d(x, half ? wide.h : wide.f, undefined, { padding: 1, relu: true }),
      wide.h,
    );
  });

  test('of the rows of products, by every variant', async () => {
    const [w, b] = [await weights(1, 5, 8), drawn(2, 5)];
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await ofX([6, 8], (x, half) => linear(x, half ? w.h : w.f, b, { relu: true }), w.h);
      await ofX([6, 8], (x, half) => matmul(x, half ? w.h : w.f, { transB: true }), w.h);
    }
  });
});

describe('errors', () => {
  test('an adapter without 16-bit floats', async () => {
    await using plain = await Device.create({ portable: true });
    const x = Tensor.from(plain, [1, 2]);
    expect(() => half(x)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(() => half(x)).toThrow(`half: ${plain.adapter.description} has no 16-bit floats`);
    x.dispose();
    expect(plain.memory().liveBytes).toBe(0);
  });

  test('values of another kind, and 16 bits where 32 are expected', ({ skip }) => {
    skipWithout({ skip });
    const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
    const h = half(zeros(4, 4));
    const picture = zeros(1, 2, 4, 4);
    const kernel = zeros(3, 2, 3, 3);
    const cases: [() => unknown, string | RegExp][] = [
      [() => half(h), 'half: x must be f32, got f16'],
      [() => half(Tensor.from(device, Int32Array.of(1))), 'half: x must be f32, got i32'],
      [() => add(h, h), 'add: a must be f32, got f16'],
      [() => relu(h), 'relu: x must be f32, got f16'],
      [() => matmul(h, zeros(4, 4)), /^matmul\w*: a is f16, expected f32/],
      [() => linear(h, zeros(4, 4)), /^matmul\w*: a is f16, expected f32/],
      [() => linear(zeros(2, 4), zeros(3, 4), half(zeros(3))), /^matmul\w*: bias is f16, expected f32/],
      [() => conv2d(half(picture), kernel), /^conv2d\w*: x is f16, expected f32/],
      [() => conv2d(picture, kernel, half(zeros(3))), /^conv2d\w*: bias is f16, expected f32/],
      [() => conv2d(half(picture), half(kernel)), /^conv2d\w*: x is f16, expected f32/],
    ];
    for (const [call, message] of cases) expect(call).toThrow(message);
    expect(() => matmul(h, zeros(4, 4))).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
    expect(() => h.write(new Float32Array(h.size))).toThrow('write: a tensor is f16');
  });

  test('the same tensor as both inputs', ({ skip }) => {
    skipWithout({ skip });
    const h = half(Tensor.zeros(device, [4, 4]));
    expect(() => matmul(h, h)).toThrow('a is f16, expected f32');
    expect(() => linear(h, h)).toThrow('a is f16, expected f32');
  });
});
