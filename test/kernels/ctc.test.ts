import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ctc, ctcGreedy, ctcResult } from '../../src/autograd/ops/ctc.ts';
import { apply, backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { Device } from '../../src/gpu/index.ts';
import { CTC_VARIANTS, ctcOp, type Reduction } from '../../src/kernels/ctc.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

/** 1e30 and more stands for infinity. */
const infinite = (data: ArrayLike<number>) => Array.from(data, (v) => (v >= 1e30 ? Number.POSITIVE_INFINITY : v));

describe.each(casesOf('ctc_loss'))('ctc $name', (c) => {
  const inputs = makeInputs(c);
  const ref = expected(c, inputs);
  const states = 2 * inputs.targets.shape[1] + 1;
  const variants = CTC_VARIANTS.filter((v) => v.row === 0 || v.row >= states);
  test.each(variants)('loss and gradient with $wg invocations and rows of $row', async (variant) => {
    const out = await device.step(() => {
      const logits = Tensor.from(device, Float32Array.from(inputs.logits.data), inputs.logits.shape, {
        requiresGrad: true,
      });
      const ints = (['targets', 'input_lengths', 'target_lengths'] as const).map((k) =>
        Tensor.from(device, Int32Array.from(inputs[k].data), inputs[k].shape),
      );
      const reduction = c.attrs.reduction as Reduction;
      const [loss, items] = apply(ctcOp, [logits, ...ints], {
        blank: c.attrs.blank as number,
        reduction,
        zeroInfinity: c.attrs.zero_infinity === true,
        gradient: true,
        variant,
      });
      backward(loss, Tensor.from(device, Float32Array.from(ref.cotangents.dloss.data), ref.cotangents.dloss.shape));
      return { loss, per_sample_loss: reduction === 'none' ? loss : items, dlogits: logits.grad as Tensor };
    });
    for (const [name, value] of Object.entries({ ...ref.outputs, ...ref.grads })) {
      const got = infinite(await out[name as keyof typeof out].read());
      expect(compare(got, value.data, ref.tol[name]), name).toMatchObject({ ok: true });
    }
    for (const t of Object.values(out)) t.dispose();
  });
});

test('more than 65,535 items fold into two dimensions', async () => {
  const N = 65_537;
  const loss = await device.step(() => {
    const logits = Tensor.zeros(device, [1, N, 2], { requiresGrad: true });
    const y = ctc(logits, new Int32Array(N).fill(1), new Int32Array(N).fill(1), new Int32Array(N).fill(1));
    backward(y);
    const { grad } = logits;
    return grad ? [y, grad] : [y];
  });
  const [value, grad] = await Promise.all(loss.map((t) => t.read()));
  expect(value[0]).toBeCloseTo(Math.log(2), 5);
  expect(grad[2 * N - 1] * N).toBeCloseTo(-0.5, 5);
  for (const t of loss) t.dispose();
});

test('concatenated targets on the host give what padded ones give, and impossible items are counted', async () => {
  const T = 4;
  const data = Float32Array.from({ length: T * 3 * 5 }, (_, i) => Math.sin(i));
  const run = (targets: number[]) =>
    device.step(() => ctcResult(Tensor.from(device, data, [T, 3, 5]), targets, [4, 4, 2], [2, 0, 3], { blank: 4 }));
  const joined = await run([0, 1, 2, 2, 3]);
  const padded = await run([0, 1, 0, 0, 0, 0, 2, 2, 3]);
  expect(await joined.items.read()).toEqual(await padded.items.read());
  expect(await joined.loss.item()).toBeGreaterThanOrEqual(1e30);
  expect(await joined.impossible.item()).toBe(1);
  for (const r of [joined, padded]) for (const t of Object.values(r)) t.dispose();
});

test('the gradient of an item loss beside the mean adds up', async () => {
  const data = Float32Array.from({ length: 5 * 2 * 3 }, (_, i) => Math.cos(i));
  const gradOf = (both: boolean) =>
    device.step(() => {
      const x = Tensor.from(device, data, [5, 2, 3], { requiresGrad: true });
      const { loss, items } = ctcResult(x, [1, 2, 1, 1], [5, 5], [2, 2]);
      const seed = Tensor.from(device, [1, 1]);
      if (both) backward([loss, items], [Tensor.from(device, [1], []), seed]);
      else backward(loss);
      return x.grad as Tensor;
    });
  const [mean, both] = [await gradOf(false), await gradOf(true)];
  const [a, b] = [await mean.read(), await both.read()];
  // mean weighs each item by 1 / (2 items * 2 letters).
  a.forEach((v, i) => {
    expect(b[i]).toBeCloseTo(5 * v, 5);
  });
  mean.dispose();
  both.dispose();
});

test('a batch or a time axis of size 0 launches nothing that fails', async () => {
  const none = await device.step(() => ctc(Tensor.zeros(device, [3, 0, 4]), new Int32Array(0), [], []));
  expect(await none.item()).toBe(0);
  none.dispose();
  const still = await device.step(() => ctc(Tensor.zeros(device, [0, 1, 4]), [], [0], [0]));
  expect(await still.item()).toBe(0);
  still.dispose();
});

describe('errors say what was expected, what came and what to do', () => {
  const logits = (shape = [4, 2, 3]) => Tensor.zeros(device, shape);
  const cases: [string, () => unknown, string][] = [
    ['logits', () => ctc(logits([4, 3]), [1], [4], [1]), 'ctc: logits must be f32 [T, N, C], got f32 [4, 3]'],
    ['lengths', () => ctc(logits(), [1, 1], [4], [1, 1]), 'ctc: inputLengths must hold 2 lengths, one an item, got 1'],
    ['frames', () => ctc(logits(), [1, 1], [4, 5], [1, 1]), 'ctc: inputLengths[1] must be an integer of 0 to 4, got 5'],
    [
      'labels',
      () => ctc(logits(), [1, 0], [4, 4], [1, 1]),
      'ctc: label 0 of item 1 must be a class of 0 to 2 other than the blank 0, got 0',
    ],
    [
      'count',
      () => ctc(logits(), [1, 2, 1], [4, 4], [1, 1]),
      'ctc: targets must hold 2 labels one row after another, or 2 rows of at least 1, got 3',
    ],
    ['blank', () => ctc(logits(), [1, 1], [4, 4], [1, 1], { blank: 3 }), 'ctc: blank must be a class of 0 to 2, got 3'],
    [
      'targets',
      () => ctc(logits(), Tensor.zeros(device, [4], { dtype: 'i32' }), [4, 4], [1, 1]),
      'ctc: targets must be i32 [2, S] for logits [4, 2, 3], got i32 [4]; pad each row to the longest',
    ],
    [
      'mixed',
      () => ctc(logits(), [1, 1], [4, 4], Tensor.zeros(device, [2], { dtype: 'i32' })),
      'ctc: targets on the host need targetLengths on the host, got a tensor; pass both alike',
    ],
    [
      'reduction',
      () => ctc(logits(), [1, 1], [4, 4], [1, 1], { reduction: 'max' as Reduction }),
      'ctc: reduction must be none, mean or sum, got max',
    ],
    ['greedy', () => ctcGreedy(logits([4, 3])), 'ctc_greedy: logits must be f32 [T, N, C], got f32 [4, 3]'],
    [
      'greedy blank',
      () => ctcGreedy(logits(), undefined, { blank: -1 }),
      'ctc_greedy: blank must be a class of 0 to 2, got -1',
    ],
  ];
  test.each(cases)('%s', (_, call, text) => {
    expect(() => device.scoped(() => void call())).toThrow(text);
  });
});
