import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { backward, conv2d, sum, Tensor } from '../../src/autograd/index.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import type { InputSpec } from '../../src/check/cases/types.ts';
import { Device } from '../../src/gpu/index.ts';
import { candidateTiles, forceVariant, isSoftware, VARIANTS, variantsOf } from '../../src/kernels/index.ts';
import { checkCase } from './elementary.ts';
import { tilesOf, withTile } from './tiles.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

describe.each(VARIANTS)('%s', (variant) => {
  test.each(casesOf('conv2d'))('$name', async (c) => {
    if (!variantsOf(device).includes(variant)) throw new Error(`not tested: this adapter has no ${variant} variant`);
    forceVariant(device, variant);
    await checkCase(device, c);
  });

  test('every register tile that the tuner may choose', async () => {
    const cases = casesOf('conv2d').filter((c) => ['odd', 'everything'].includes(c.name));
    expect(cases).toHaveLength(2);
    for (const tile of tilesOf(device, variant, 'conv2d'))
      await withTile(device, tile, async () => {
        for (const c of cases) await checkCase(device, c);
      });
  });

  test('more blocks of pixels than one grid dimension holds', async () => {
    forceVariant(device, variant);
    // The smallest block is 16 pixels; portable blocks are 64.
    const pixels = (variant === 'subgroup' ? 16 : 64) * 65_536 + 7;
    const [y, dx] = await device.step(() => {
      const x = Tensor.from(
        device,
        Float32Array.from({ length: pixels }, (_, i) => i % 1000),
        [pixels, 1, 1, 1],
        {
          requiresGrad: true,
        },
      );
      const out = conv2d(x, Tensor.from(device, [3], [1, 1, 1, 1]));
      return [out, gradientOf(out, x)];
    });
    const [values, gradient] = [await y.read(), await dx.read()];
    y.dispose();
    dx.dispose();
    expect(values.findIndex((v, i) => v !== 3 * (i % 1000))).toBe(-1);
    expect(gradient.findIndex((v) => v !== 3)).toBe(-1);
  });
});

describe('blocks of pixels', () => {
  const pad = (top: number, bottom: number, left: number, right: number) => ({ top, bottom, left, right });
  const shape = (of: readonly number[]): InputSpec => ({ shape: of, kind: 'normal', dtype: 'f32' });
  const SHAPES = [
    // Several blocks each way, none of them full; channels that are no multiple of the tile.
    { name: 'many', x: [2, 3, 9, 37], out: 18, padding: pad(1, 1, 1, 1) },
    { name: 'one, full', x: [1, 2, 4, 16], out: 16, padding: pad(1, 1, 1, 1) },
    { name: 'unpadded', x: [2, 2, 7, 19], out: 5, padding: pad(0, 0, 0, 0) },
    // More than a kernel less one: the gradient is cut, not padded.
    { name: 'padded unevenly', x: [1, 2, 5, 6], out: 4, padding: pad(3, 2, 0, 4) },
  ];

  test('are offered where a subgroup has 8 lanes, and to 3x3 at stride 1 alone', () => {
    const blocks = candidateTiles(device, 'conv2d_3x3').filter((t) => t.block);
    expect(blocks.length > 0).toBe(isSoftware(device) && device.adapter.subgroupSize === 8);
    expect(candidateTiles(device, 'conv2d').some((t) => t.block)).toBe(false);
  });

  test.each(SHAPES)('$name', async ({ name, x, out, padding }) => {
    const attrs = { stride: [1, 1], dilation: [1, 1], padding };
    const inputs = { x: shape(x), w: shape([out, x[1], 3, 3]), b: shape([out]) };
    for (const tile of candidateTiles(device, 'conv2d_3x3').filter((t) => t.block))
      await withTile(device, tile, async () => {
        for (const relu of [false, true])
          await checkCase(device, { op: 'conv2d', name, attrs: { ...attrs, relu }, inputs, quick: true });
      });
  });

  test('more of them than one grid dimension holds', async () => {
    const [tile] = candidateTiles(device, 'conv2d_3x3').filter((t) => t.block);
    if (!tile) return;
    await withTile(device, tile, async () => {
      const images = 65_536 + 3;
      const y = device.scoped(() => {
        const x = Tensor.from(
          device,
          Float32Array.from({ length: images }, (_, i) => i % 1000),
          [images, 1, 1, 1],
        );
        return conv2d(x, Tensor.from(device, new Float32Array(9).fill(3), [1, 1, 3, 3]), undefined, { padding: 1 });
      });
      const values = await y.read();
      y.dispose();
      expect(values.findIndex((v, i) => v !== 3 * (i % 1000))).toBe(-1);
    });
  });
});

/** The gradient of the sum of y. */
function gradientOf(y: Tensor, x: Tensor): Tensor {
  backward(y, Tensor.from(device, new Float32Array(y.size).fill(1), y.shape));
  if (!x.grad) throw new Error('no gradient');
  return x.grad;
}

test('errors say what was expected and what came', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const x = zeros(8, 3, 32, 128);
  const cases: [() => unknown, string][] = [
    [() => conv2d(zeros(3, 32, 128), zeros(1, 3, 1, 1)), 'conv2d: input must be [N, C, H, W], got [3, 32, 128]'],
    [
      () => conv2d(x, zeros(16, 1, 3, 3)),
      'conv2d: weight must be [out, 3, kH, kW] for input [8, 3, 32, 128], got [16, 1, 3, 3]',
    ],
    [() => conv2d(x, zeros(16, 3, 3, 3), zeros(3)), 'conv2d: bias must be [16] for weight [16, 3, 3, 3], got [3]'],
    [
      () => conv2d(x, zeros(16, 3, 3, 3), undefined, { stride: 0 }),
      'conv2d: stride and dilation must be whole numbers from 1, got 0,0 and 1,1',
    ],
    [
      () => conv2d(x, zeros(16, 3, 3, 3), undefined, { padding: -1 }),
      'conv2d: padding must be whole numbers from 0, got -1,-1,-1,-1',
    ],
    [
      () => conv2d(zeros(1, 1, 2, 9), zeros(1, 1, 3, 3)),
      'conv2d: a 3 x 3 kernel does not fit input [1, 1, 2, 9] with padding 0,0,0,0; pad more or use a smaller kernel',
    ],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});

test.each([
  [1, 70_000],
  [40_000, 1],
])('gradient of the weights of a picture of %i x %i', async (height, width) => {
  const x = Tensor.from(
    device,
    Float32Array.from({ length: height * width }, (_, i) => i % 5),
    [1, 1, height, width],
  );
  const w = Tensor.from(device, [1], [1, 1, 1, 1], { requiresGrad: true });
  backward(sum(conv2d(x, w)));
  expect(await w.grad?.item()).toBe(2 * height * width);
});
