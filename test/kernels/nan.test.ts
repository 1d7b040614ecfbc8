/** NaN is never hidden from a check: what no number comes into, no number comes out of. WGSL's min, max and clamp drop it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { argmax, batchnorm2d, conv2d, ctc, gru, linear, lstm, max, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, variantsOf } from '../../src/kernels/variants.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

/** Small numbers with one NaN at the front. */
function marked(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1) / 2);
  data[0] = Number.NaN;
  return Tensor.from(device, data, shape);
}

/** The same without the NaN. */
function plain(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return Tensor.from(
    device,
    Float32Array.from({ length: size }, (_, i) => Math.cos(i + 1) / 2),
    shape,
  );
}

const nans = async (t: Tensor) => [...(await t.read())].filter(Number.isNaN).length;

describe('through a fused ReLU, in every variant', () => {
  test.each([
    ['linear', () => linear(marked(3, 20), plain(9, 20), undefined, { relu: true }), 9],
    ['conv2d 3x3', () => conv2d(marked(1, 2, 9, 9), plain(3, 2, 3, 3), undefined, { padding: 1, relu: true }), 12],
    ['conv2d 2x2', () => conv2d(marked(1, 2, 9, 9), plain(3, 2, 2, 2), undefined, { relu: true }), 3],
  ] as const)('%s', async (_, run, count) => {
    for (const variant of [undefined, ...variantsOf(device)]) {
      forceVariant(device, variant);
      expect(await nans(run()), String(variant)).toBe(count);
    }
  });

  test('batchnorm2d', async () => {
    const stats = { runningMean: plain(2), runningVar: Tensor.from(device, [1, 1], [2]), training: false };
    const y = batchnorm2d(marked(1, 2, 3, 3), plain(2), plain(2), { ...stats, relu: true });
    expect(await nans(y)).toBe(1);
  });
});

describe('through the gates of a recurrent layer', () => {
  test.each([
    ['lstm', lstm, 4],
    ['gru', gru, 3],
  ] as const)('%s', async (_, layer, gates) => {
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      // The first row's first step: all of its units, then all of its later steps.
      const { y } = layer(marked(3, 2, 4), { weightIh: plain(gates * 5, 4), weightHh: plain(gates * 5, 5) });
      expect(await nans(y), variant).toBe(3 * 5);
    }
  });
});

test('in the loss of CTC, where it is not taken for a label that cannot be aligned', async () => {
  const targets = Tensor.from(device, Int32Array.of(0, 1), [1, 2]);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const logits = Tensor.from(device, new Float32Array(5 * 3).fill(bad), [5, 1, 3]);
    expect(await ctc(logits, targets, [5], [2], { blank: 2 }).item()).toBeNaN();
    expect(await ctc(logits, targets, [5], [2], { blank: 2, zeroInfinity: true }).item()).toBeNaN();
  }
});

test.each([
  [[Number.NaN, 1, 2], 0],
  [[1, Number.NaN, 2], 1],
  [[1, Number.NaN, Number.NaN, 3], 1],
])('the first NaN is the largest: %j', async (row, at) => {
  // One lane and many, and the NaN in any of them.
  for (const pad of [0, 700]) {
    const data = [...new Array<number>(pad).fill(0), ...row];
    const x = Tensor.from(device, data, [1, data.length]);
    expect([...(await argmax(x).read())]).toEqual([pad + at]);
    expect(await nans(max(x, { dims: [1] }))).toBe(1);
    expect(await nans(max(x))).toBe(1);
  }
});
