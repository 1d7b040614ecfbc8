import { describe, expect, test } from 'vitest';
import { beamSearch } from '../../src/nn/index.ts';
import { draw, enumerate } from './enumerate.ts';

describe('a beam as wide as there are prefixes is exact', () => {
  test.each([
    [1, 2, 0],
    [4, 3, 0],
    [5, 3, 2],
    [6, 2, 1],
    [5, 4, 1],
  ])('T = %d, C = %d, blank %d', (T, C, blank) => {
    for (let seed = 1; seed <= 5; seed++) {
      const rows = draw(T, C, seed);
      const want = [...enumerate(rows, T, C, blank)].sort((a, b) => b[1] - a[1]);
      const got = beamSearch(rows, C, { blank, beamWidth: 10_000, topK: 10_000 });
      expect(got).toHaveLength(want.length);
      got.forEach((r, k) => {
        expect(r.labels.join(), `rank ${k}`).toBe(want[k][0]);
        expect(r.logProbability).toBeCloseTo(Math.log(want[k][1]), 10);
      });
      const all = got.reduce((sum, r) => sum + Math.exp(r.logProbability), 0);
      expect(all).toBeCloseTo(1, 10);
    }
  });
});

test('sums over alignments where the best path does not', () => {
  // The classic: blank blank is the likeliest path (0.36), yet "1" has 0.64 - its other paths add up.
  const rows = Float64Array.of(0.6, 0.4, 0.6, 0.4).map(Math.log);
  expect(beamSearch(rows, 2)[0].labels).toEqual([1]);
  expect(beamSearch(rows, 2)[0].logProbability).toBeCloseTo(Math.log(0.64), 12);
});

test('a narrow beam loses little, never gains', () => {
  const rows = draw(12, 6, 3);
  const [exact] = beamSearch(rows, 6, { beamWidth: 5000 });
  const [narrow] = beamSearch(rows, 6, { beamWidth: 8 });
  expect(narrow.logProbability).toBeLessThanOrEqual(exact.logProbability + 1e-12);
  expect(narrow.logProbability).toBeGreaterThan(exact.logProbability - 1);
});

test('repeats need a blank between', () => {
  const rows = Float64Array.of(0, 1, 1, 0, 0, 1).map(Math.log);
  expect(beamSearch(rows, 2)[0].labels).toEqual([1, 1]);
  const joined = Float64Array.of(0, 1, 0, 1, 0, 1).map(Math.log);
  expect(beamSearch(joined, 2)[0].labels).toEqual([1]);
});

test('allow and complete constrain the readings', () => {
  const words = ['1,2', '2,1,1'];
  const options = {
    beamWidth: 100,
    topK: 100,
    allow: (prefix: readonly number[], label: number) =>
      words.some((w) => `${w},`.startsWith(`${[...prefix, label]},`)),
    complete: (prefix: readonly number[]) => words.includes(prefix.join()),
  };
  const rows = draw(6, 3, 11);
  const all = enumerate(rows, 6, 3, 0);
  const got = beamSearch(rows, 3, options);
  expect(new Set(got.map((r) => r.labels.join()))).toEqual(new Set(words));
  for (const r of got) expect(r.logProbability).toBeCloseTo(Math.log(all.get(r.labels.join()) ?? 0), 10);
});

test('no frames read as nothing; certainty of the impossible is no NaN', () => {
  expect(beamSearch([], 3)).toEqual([{ labels: [], logProbability: 0 }]);
  const rows = Float64Array.of(1, 0, 0, 1).map(Math.log);
  expect(beamSearch(rows, 2, { topK: 5 })).toEqual([{ labels: [1], logProbability: 0 }]);
});
