/** Known values, where a formula could be wrong in the oracle and in its gradient alike. */
import { describe, expect, test } from 'vitest';
import * as ref from '../../src/check/reference/index.ts';
import { ndarray } from '../../src/check/reference/index.ts';

test('erfc: published values to the last digits', () => {
  const known: [number, number][] = [
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2.4, 0.000688513898953],
    [2.6, 0.0002360344165293],
    [4, 1.541725790028002e-8],
    [-1, 1.8427007929497148],
  ];
  for (const [x, value] of known) expect(Math.abs(ref.erfc(x) / value - 1), `erfc(${x})`).toBeLessThan(2e-8);
  expect(Math.abs(ref.erfc(0.5) - 0.4795001221869535)).toBeLessThan(1e-15);
  // The series and the continued fraction meet.
  expect(Math.abs(ref.erfc(2.4999999999) / ref.erfc(2.5) - 1)).toBeLessThan(1e-8);
});

test('ctc agrees with the sum over all paths', () => {
  const [T, C] = [5, 3];
  const logits = ndarray(
    [T, 1, C],
    Array.from({ length: T * C }, (_, i) => Math.sin(3 * i)),
  );
  const p = ref.softmax(logits, 2);
  for (const target of [[], [1], [1, 1], [1, 2], [2, 1, 2], [1, 1, 1]]) {
    let total = 0;
    for (let path = 0; path < C ** T; path++) {
      const labels = Array.from({ length: T }, (_, t) => Math.floor(path / C ** t) % C);
      const collapsed = labels.filter((label, t) => label !== 0 && label !== labels[t - 1]);
      if (collapsed.join() !== target.join()) continue;
      total += labels.reduce((product, label, t) => product * p.data[t * C + label], 1);
    }
    const targets = {
      targets: ndarray([1, Math.max(1, target.length)], target.length > 0 ? target : [0]),
      inputLengths: ndarray([1], [T]),
      targetLengths: ndarray([1], [target.length]),
    };
    const { loss } = ref.ctcLoss(logits, targets, { reduction: 'none' });
    expect(loss.data[0], `target ${target}`).toBeCloseTo(-Math.log(total), 12);
  }
});

test('ctc without frames: 0 for an empty target, infinite otherwise', () => {
  const targets = {
    targets: ndarray([2, 1], [1, 1]),
    inputLengths: ndarray([2], [0, 0]),
    targetLengths: ndarray([2], [0, 1]),
  };
  const { loss } = ref.ctcLoss(ndarray([2, 2, 3]), targets, { reduction: 'none' });
  expect(Array.from(loss.data)).toEqual([0, Number.POSITIVE_INFINITY]);
});

test('ctc_greedy collapses runs, drops blanks, keeps repeats that a blank parts', () => {
  const path = [0, 1, 1, 0, 1, 2, 2, 0];
  const logits = ndarray([path.length, 1, 3]);
  path.forEach((label, t) => {
    logits.data[t * 3 + label] = 1;
  });
  expect(ref.ctcGreedy(logits, undefined, 0)).toEqual([[1, 1, 2]]);
  expect(ref.ctcGreedy(logits, ndarray([1], [3]), 0)).toEqual([[1]]);
  expect(ref.ctcGreedyPadded(logits, undefined, 0).labels.data.slice(0, 4)).toEqual(Float64Array.of(1, 1, 2, -1));
});

describe('optimisers', () => {
  const one = (value: number) => ndarray([1], [value]);
  const fresh = { expAvg: one(0), expAvgSq: one(0) };

  test('the first Adam step moves by lr in both dialects, but for epsilon', () => {
    const pytorch = ref.adam(one(1), one(1e-6), fresh, 1, { lr: 0.1, eps: 1e-8 });
    expect(pytorch.p.data[0]).toBeCloseTo(1 - (0.1 * 1e-6) / (1e-6 + 1e-8), 12);
    // Epsilon hat: sqrt(v) is sqrt(1 - beta2) * |g| here, so the same epsilon weighs 1 / sqrt(0.001) times more.
    const keras = ref.adam(one(1), one(1e-6), fresh, 1, { lr: 0.1, eps: 1e-8, dialect: 'keras' });
    expect(keras.p.data[0]).toBeCloseTo(1 - (0.1 * 1e-6) / (1e-6 + 1e-8 / Math.sqrt(0.001)), 12);
  });

  test('RAdam rectifies from step 6 at beta2 = 0.999; the dialects differ at rho = 5 exactly', () => {
    expect(ref.radamRectification(5, 0.999)).toBeUndefined();
    expect(ref.radamRectification(6, 0.999)).toBeGreaterThan(0);
    expect(ref.radamRectification(100000, 0.999)).toBeCloseTo(1, 6);
  });

  test('keras RAdam decays decoupled', () => {
    const options = { lr: 0.1, weightDecay: 0.5, dialect: 'keras' as const };
    const decayed = ref.radam(one(2), one(0.3), fresh, 1, options).p.data[0];
    const plain = ref.radam(one(2), one(0.3), fresh, 1, { ...options, weightDecay: 0 }).p.data[0];
    expect(decayed).toBeCloseTo(plain - 0.1 * 0.5 * 2, 12);
  });

  test('warm-up rises to lr, then falls to the minimum', () => {
    const options = { lr: 1, totalSteps: 100, warmupProportion: 0.1, minLr: 0.1 };
    const rates = [1, 10, 55, 100, 200].map((step) => ref.radamWarmupRate(step, options));
    [0.1, 1, 0.55, 0.1, 0.1].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
  });
});

test('max shares the gradient among ties over several dimensions, gives it to the first over one', () => {
  const x = ndarray([2, 3], [1, 5, 5, 0, 2, 5]);
  expect(Array.from(ref.maxBackward(x, ndarray([2], [6, 7]), { dims: [1] }).data)).toEqual([0, 6, 0, 0, 0, 7]);
  expect(Array.from(ref.maxBackward(x, ndarray([], [6])).data)).toEqual([0, 2, 2, 0, 0, 2]);
});

test('maxpool2d: a window of padding only sends no gradient; NaN wins', () => {
  const padding = { top: 2, bottom: 0, left: 0, right: 0 };
  const x = ndarray([1, 1, 2, 1], [3, Number.NaN]);
  const { y, indices } = ref.maxpool2d(x, { kernel: [2, 1], padding });
  expect(Array.from(y.data)).toEqual([Number.NEGATIVE_INFINITY, Number.NaN]);
  expect(Array.from(indices.data)).toEqual([-1, 1]);
  expect(Array.from(ref.maxpool2dBackward(x, indices, ndarray([1, 1, 2, 1], [1, 1])).data)).toEqual([0, 1]);
});

test('shapes that do not fit are errors', () => {
  expect(() => ndarray([2, 2], [1])).toThrow(/needs 4 values/);
  expect(() => ref.broadcastShape([2, 3], [4])).toThrow(/do not broadcast/);
  expect(() => ref.matmul(ndarray([2, 3]), ndarray([2, 3]))).toThrow(/inner extent/);
  expect(() => ref.embedding(ndarray([1], [5]), ndarray([5, 2]))).toThrow(/outside/);
  const params = { w: ndarray([1]), b: ndarray([1]), runningMean: ndarray([1]), runningVar: ndarray([1]) };
  expect(() => ref.batchnorm2d(ndarray([1, 1, 1, 1]), params, { training: true })).toThrow(/more than one value/);
});
