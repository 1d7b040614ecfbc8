/** `pool` of a convolution: `maxpool2d` of its result, in the same launch where blocks of pixels compute it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { backward, conv2d, maxpool2d, noGrad, sum, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, variantsOf } from '../../src/kernels/index.ts';
import { candidateTiles } from '../../src/kernels/tuning.ts';
import { withTile } from './tiles.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

/** Values between -1 and 1, none of them alike. */
function drawn(seed: number, ...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return Tensor.from(
    device,
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i)),
    shape,
  );
}

async function values(y: Tensor): Promise<Float32Array> {
  const read = (await y.read()) as Float32Array;
  y.dispose();
  return read;
}

type Window = readonly [number, number];
const WINDOWS: readonly Window[] = [
  [2, 2],
  [2, 1],
  [1, 2],
];
/** Whole blocks, parts of blocks, odd sizes, one row. */
const SIZES: readonly Window[] = [
  [8, 32],
  [4, 16],
  [7, 19],
  [2, 32],
  [3, 5],
];

const blocks = () => candidateTiles(device, 'conv2d_3x3').filter((t) => t.block !== undefined);

test.each(WINDOWS)('a window of %i x %i gives the same bits as maxpool2d, by every tile', async (tall, wide) => {
  const pool: Window = [tall, wide];
  const tiles = blocks();
  // Only CPUs with 8 lanes compute by blocks; elsewhere the two ways are one. A tile takes seconds to compile: the rarest window gets one.
  const ways = tiles.length > 0 ? tiles.slice(0, tall === 1 ? 1 : undefined) : [undefined];
  for (const [h, w] of SIZES) {
    const [x, weight, bias] = [drawn(1, 2, 3, h, w), drawn(2, 19, 3, 3, 3), drawn(3, 19)];
    const options = { padding: 1, relu: true };
    const both = async () => {
      const [one, two] = await device.step(() =>
        noGrad(() => [
          conv2d(x, weight, bias, { ...options, pool }),
          maxpool2d(conv2d(x, weight, bias, options), { kernel: pool }),
        ]),
      );
      expect(one.shape).toEqual([2, 19, Math.floor(h / tall), Math.floor(w / wide)]);
      expect(one.shape).toEqual(two.shape);
      const [a, b] = [await values(one), await values(two)];
      expect(a.some((v) => v > 0.1)).toBe(true);
      expect(a).toEqual(b);
    };
    for (const tile of ways) await (tile ? withTile(device, tile, both) : both());
    for (const t of [x, weight, bias]) t.dispose();
  }
});

test('it is one launch where blocks compute it, and two elsewhere', async () => {
  const [x, weight] = [drawn(1, 1, 4, 8, 32), drawn(2, 16, 4, 3, 3)];
  const kernels = async (pool: number | Window) => {
    const replay = await device.record(() => noGrad(() => conv2d(x, weight, undefined, { padding: 1, pool })));
    const names = [...replay.kernels().keys()];
    replay.dispose();
    return names;
  };
  if (blocks().length > 0) {
    expect(await kernels([2, 1])).toEqual(['conv2d_tiles']);
    // Windows that are not of one or two pixels are a launch of their own.
    expect(await kernels(3)).toEqual(['conv2d_tiles', 'maxpool2d_tiles']);
  }
  for (const variant of variantsOf(device).filter((v) => v !== 'subgroup')) {
    forceVariant(device, variant);
    expect(await kernels([2, 1])).toHaveLength(2);
  }
  for (const t of [x, weight]) t.dispose();
});

test('without bias and ReLU negative maxima stay, and NaN wins', async () => {
  const x = Tensor.from(
    device,
    Float32Array.from({ length: 64 }, (_, i) => (i === 20 ? Number.NaN : -1 - i)),
    [1, 1, 4, 16],
  );
  // The middle tap alone: the convolution is the picture.
  const weight = Tensor.from(device, [0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 1, 3, 3]);
  const y = await device.step(() => noGrad(() => conv2d(x, weight, undefined, { padding: 1, pool: [2, 1] })));
  const got = await values(y);
  // NaN times 0 is NaN: it reaches the windows of its neighbours too.
  expect([...got].map((v, i) => (Number.isNaN(v) ? i : -1)).filter((i) => i >= 0)).toEqual([3, 4, 5, 19, 20, 21]);
  expect(got[0]).toBe(-1);
  expect(got[15]).toBe(-16);
  expect(got[31]).toBe(-48);
  for (const t of [x, weight]) t.dispose();
});

test('with a gradient asked for it is differentiated as maxpool2d of the convolution', async () => {
  const gradients = async (fused: boolean) => {
    const x = drawn(1, 2, 3, 8, 16);
    const weight = Tensor.from(device, (await drawn(2, 8, 3, 3, 3).read()) as Float32Array, [8, 3, 3, 3], {
      requiresGrad: true,
    });
    const grad = await device.step(() => {
      const options = { padding: 1, relu: true };
      const y = fused
        ? conv2d(x, weight, undefined, { ...options, pool: [2, 2] })
        : maxpool2d(conv2d(x, weight, undefined, options), { kernel: 2 });
      backward(sum(y));
      if (!weight.grad) throw new Error('no gradient');
      return weight.grad;
    });
    const read = await values(grad);
    for (const t of [x, weight]) t.dispose();
    return read;
  };
  const [a, b] = [await gradients(true), await gradients(false)];
  expect(a.some((v) => Math.abs(v) > 1)).toBe(true);
  expect(a).toEqual(b);
});

test('nothing is left on the device', async () => {
  const [x, weight] = [drawn(1, 1, 4, 8, 32), drawn(2, 16, 4, 3, 3)];
  const before = device.memory().liveBytes;
  for (const pool of [2, 3]) {
    noGrad(() => conv2d(x, weight, undefined, { padding: 1, pool })).dispose();
    expect(device.memory().liveBytes).toBe(before);
  }
  expect(() => noGrad(() => conv2d(x, weight, undefined, { padding: 1, pool: 64 }))).toThrow('does not fit');
  expect(device.memory().liveBytes).toBe(before);
  for (const t of [x, weight]) t.dispose();
});

test('a window that does not fit is refused as maxpool2d refuses it', () => {
  const [x, weight] = [drawn(1, 1, 1, 1, 16), drawn(2, 1, 1, 3, 3)];
  expect(() => conv2d(x, weight, undefined, { padding: 1, pool: 2 })).toThrow(
    'maxpool2d: a 2 x 2 window does not fit input [1, 1, 1, 16]',
  );
  expect(() => conv2d(x, weight, undefined, { padding: 1, pool: 1.5 })).toThrow(
    'maxpool2d: kernel, stride and dilation must be whole numbers from 1, got 1.5,1.5',
  );
  for (const t of [x, weight]) t.dispose();
});
