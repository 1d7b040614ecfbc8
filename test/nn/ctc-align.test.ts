import { describe, expect, test } from 'vitest';
import { alignLabels, ctcLogProbability } from '../../src/nn/index.ts';
import { draw, enumerate } from './enumerate.ts';

const T = 5;
const C = 4;

describe.each([0, 1, 3])('against the sum over all 1,024 paths, blank %d', (blank) => {
  const labelled = (key: string) => (key === '' ? [] : key.split(',').map(Number));

  test('the probability of every labelling', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const rows = draw(T, C, seed);
      for (const [key, p] of enumerate(rows, T, C, blank))
        expect(ctcLogProbability(rows, C, labelled(key), blank), key).toBeCloseTo(Math.log(p), 10);
    }
  });

  test('every place of every labelling: other classes, and none at all', () => {
    const rows = draw(T, C, 7);
    const all = enumerate(rows, T, C, blank);
    for (const key of all.keys()) {
      const labels = labelled(key);
      const { labels: aligned } = alignLabels(rows, C, labels, blank);
      expect(aligned.map((a) => a.label)).toEqual(labels);
      aligned.forEach(({ places }, i) => {
        const want = Array.from({ length: C }, (_, c) => {
          const other = labels.flatMap((l, k) => (k !== i ? [l] : c === blank ? [] : [c]));
          return all.get(other.join()) ?? 0;
        });
        const sum = want.reduce((a, b) => a + b, 0);
        want.forEach((p, c) => {
          expect(places[c], `${key}, place ${i}, class ${c}`).toBeCloseTo(p / sum, 3);
        });
      });
    }
  });
});

test('a label stands where its frames are', () => {
  // Label 1 in frames 2 and 3 of 8, label 2 in frame 6, blanks elsewhere.
  const of = [0, 0, 1, 1, 0, 0, 2, 0];
  const rows = Float64Array.from(of.flatMap((best) => [0, 1, 2].map((c) => Math.log(c === best ? 0.998 : 0.001))));
  const { labels } = alignLabels(rows, 3, [1, 2], 0);
  expect(labels[0].center).toBeCloseTo(3, 1);
  expect(labels[0].frames).toBeCloseTo(2, 1);
  expect(labels[1].center).toBeCloseTo(6.5, 1);
  expect(labels[0].places[1]).toBeGreaterThan(0.99);
});

test('what does not fit into the frames has no probability and no alignment', () => {
  const rows = draw(3, C, 1);
  expect(ctcLogProbability(rows, C, [1, 1, 2], 0)).toBe(Number.NEGATIVE_INFINITY);
  expect(alignLabels(rows, C, [1, 1, 2], 0).labels).toEqual([]);
  expect(ctcLogProbability([], C, [], 0)).toBe(0);
});
