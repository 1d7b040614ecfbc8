/** The probability of a labelling and its soft alignment, against sums over every path. */
import { describe, expect, test } from 'vitest';
import { alignLabels, ctcLogProbability, logSoftmaxRows, Random } from '../../src/nn/index.ts';

const BLANK = 2;
const C = 4;

function rowsOf(seed: number, frames: number): Float64Array {
  const random = new Random(seed);
  return logSoftmaxRows(
    Array.from({ length: frames * C }, () => 1.5 * random.normal()),
    C,
  );
}

function collapse(path: readonly number[]): number[] {
  return path.filter((c, t) => c !== BLANK && c !== path[t - 1]);
}

/** Every path of T frames with its probability. */
function* paths(rows: Float64Array): Generator<{ path: number[]; probability: number }> {
  const frames = rows.length / C;
  for (let code = 0; code < C ** frames; code++) {
    const path = Array.from({ length: frames }, (_, t) => Math.floor(code / C ** t) % C);
    yield { path, probability: Math.exp(path.reduce((sum, c, t) => sum + rows[t * C + c], 0)) };
  }
}

const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((v, i) => v === b[i]);

describe.each([
  ['one label', [1]],
  ['two', [0, 3]],
  ['the same twice', [1, 1]],
  ['a repeat inside', [0, 3, 3]],
  ['there and back', [3, 0, 3]],
] as const)('%s', (_, labels) => {
  const rows = rowsOf(labels.length, 6);
  const own = [...paths(rows)].filter(({ path }) => same(collapse(path), labels));
  const total = own.reduce((sum, p) => sum + p.probability, 0);

  test('its probability is the sum over all paths', () => {
    expect(ctcLogProbability(rows, C, labels, BLANK)).toBeCloseTo(Math.log(total), 10);
  });

  test('centres and frames are means over all paths', () => {
    const aligned = alignLabels(rows, C, labels, BLANK);
    expect(aligned.logProbability).toBeCloseTo(Math.log(total), 10);
    labels.forEach((label, i) => {
      let frames = 0;
      let moment = 0;
      for (const { path, probability } of own) {
        let place = -1;
        path.forEach((c, t) => {
          if (c !== BLANK && c !== path[t - 1]) place++;
          if (c === BLANK || place !== i) return;
          frames += probability / total;
          moment += ((t + 0.5) * probability) / total;
        });
      }
      expect(aligned.labels[i].label).toBe(label);
      expect(aligned.labels[i].frames).toBeCloseTo(frames, 9);
      expect(aligned.labels[i].center).toBeCloseTo(moment / frames, 9);
    });
  });

  test('what may stand in a place has the probability of that labelling', () => {
    const aligned = alignLabels(rows, C, labels, BLANK);
    labels.forEach((_, i) => {
      const others = Array.from({ length: C }, (_, c) =>
        c === BLANK ? labels.filter((_, k) => k !== i) : labels.map((l, k) => (k === i ? c : l)),
      );
      const odds = others.map((l) => Math.exp(ctcLogProbability(rows, C, l, BLANK)));
      const sum = odds.reduce((a, b) => a + b, 0);
      odds.forEach((p, c) => {
        expect(aligned.labels[i].places[c], `place ${i}, class ${c}`).toBeCloseTo(p / sum, 3);
      });
    });
  });
});

test('nothing at all is all blanks', () => {
  const rows = rowsOf(9, 5);
  const blanks = Array.from({ length: 5 }, (_, t) => rows[t * C + BLANK]).reduce((a, b) => a + b, 0);
  expect(ctcLogProbability(rows, C, [], BLANK)).toBeCloseTo(blanks, 12);
  expect(alignLabels(rows, C, [], BLANK).labels).toEqual([]);
});

test('what does not fit has no probability and no alignment', () => {
  const rows = rowsOf(4, 3);
  expect(ctcLogProbability(rows, C, [1, 1, 1], BLANK)).toBe(Number.NEGATIVE_INFINITY);
  expect(alignLabels(rows, C, [1, 1, 1], BLANK).labels).toEqual([]);
  expect(ctcLogProbability([], C, [], BLANK)).toBe(0);
});
