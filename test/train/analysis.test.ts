import { describe, expect, test } from 'vitest';
import {
  agreement,
  align,
  bootstrap95,
  calibration,
  caseOf,
  compareModels,
  confusion,
  contrastOf,
  GAP,
  groupBy,
  mcnemar,
  scores,
  worst,
} from '../../src/train/index.ts';

const pair = (label: string, text: string, confidence = 0.5) => ({ label, text, confidence });

describe('scores, by hand', () => {
  // CAT read as CAR: 2 of 3 agree. HOUSE as HOUE: HOU agrees, then E for S and nothing for E: 3 of 5. AB as AB: 2 of 2.
  const pairs = [pair('CAT', 'CAR'), pair('HOUSE', 'HOUE'), pair('AB', 'AB')];

  test('letter accuracy is agreeing positions over the longer lengths', () => {
    expect(agreement('HOUE', 'HOUSE')).toEqual({ same: 3, long: 5, short: 4 });
    expect(scores(pairs).letterAccuracy).toBeCloseTo((2 + 3 + 2) / (3 + 5 + 2), 12);
  });

  test('words, edits and mismatches', () => {
    const s = scores(pairs);
    expect(s.wordAccuracy).toBeCloseTo(1 / 3, 12);
    expect(s.cer).toBeCloseTo((1 + 1 + 0) / (3 + 5 + 2), 12);
    expect(s.oneMinusNed).toBeCloseTo((2 / 3 + 4 / 5 + 1) / 3, 12);
    // Within the shorter: CAR differs once, HOUE once, AB nowhere.
    expect(s.mismatches).toEqual([1 / 3, 2 / 3, 0, 0, 0]);
  });
});

describe('McNemar, exact', () => {
  test.each([
    // Twice the binomial tail of 1/2, in whole numbers.
    [0, 5, 2 / 32],
    [1, 5, (2 * (1 + 6)) / 64],
    [3, 9, (2 * (1 + 12 + 66 + 220)) / 4096],
    [5, 5, 1],
    [0, 0, 1],
  ])('%i to %i', (b, c, p) => {
    expect(mcnemar(b, c)).toBeCloseTo(p, 12);
    expect(mcnemar(c, b)).toBeCloseTo(p, 12);
  });

  // Sums of binomial coefficients in exact rational arithmetic. 150 and 86: the approval of 1,600 voters, asked twice (Agresti).
  test.each([
    [150, 86, 3.715936139571442e-5],
    [59, 6, 4.964650327128617e-12],
    // 2^-4000 is no float64.
    [1900, 2100, 0.0016492663751356998],
    [2000, 2000, 1],
  ])('%i to %i, known', (b, c, p) => {
    expect(mcnemar(b, c) / p).toBeCloseTo(1, 9);
  });
});

test('two models on the same pictures', () => {
  const t = true;
  const f = false;
  const c = compareModels([
    [t, t],
    [t, f],
    [f, t],
    [f, t],
    [f, f],
  ]);
  expect(c).toMatchObject({ count: 5, bothRight: 1, onlyFirst: 1, onlySecond: 2, neither: 1, p: 1 });
  expect(c.difference).toBeCloseTo(0.2, 12);
  expect(c.difference95[0]).toBeLessThan(0);
  expect(c.difference95[1]).toBeGreaterThan(0.2);
});

test('calibration: two bins by hand', () => {
  const pairs = [pair('A', 'A', 0.91), pair('A', 'B', 0.99), pair('A', 'A', 0.05), pair('A', 'A', 1)];
  const { bins, ece } = calibration(pairs);
  expect(bins[9]).toMatchObject({ from: 0.9, to: 1, count: 3 });
  expect(bins[9].accuracy).toBeCloseTo(2 / 3, 12);
  expect(bins[9].confidence).toBeCloseTo(2.9 / 3, 12);
  expect(bins[0]).toMatchObject({ count: 1, accuracy: 1 });
  expect(ece).toBeCloseTo((Math.abs(2 - 2.9) + Math.abs(1 - 0.05)) / 4, 12);
  expect(calibration([]).ece).toBe(0);
});

describe('confusion of letters', () => {
  test('an alignment prefers to change a letter', () => {
    expect(align('HOUSE', 'HOUE')).toEqual([
      ['H', 'H'],
      ['O', 'O'],
      ['U', 'U'],
      ['S', GAP],
      ['E', 'E'],
    ]);
    expect(align('AB', 'CB')).toEqual([
      ['A', 'C'],
      ['B', 'B'],
    ]);
    expect(align('', 'X')).toEqual([[GAP, 'X']]);
  });

  test('counts rows by label, columns by reading, the gap last', () => {
    const { letters, counts } = confusion([pair('AB', 'AC'), pair('B', ''), pair('A', 'AB')], ['A', 'B', 'C']);
    expect(letters).toEqual(['A', 'B', 'C', GAP]);
    expect(counts).toEqual([
      [2, 0, 0, 0],
      [0, 0, 1, 1],
      [0, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
  });
});

test('groups count and keep the order of their names', () => {
  const pairs = [pair('AB', 'AB'), pair('A', 'B'), pair('CD', 'XX')];
  expect(groupBy(pairs, (p) => String(p.label.length), ['1', '2', '3'])).toEqual([
    { name: '1', count: 1, right: 0 },
    { name: '2', count: 2, right: 1 },
  ]);
  expect(groupBy(pairs, (p) => (p.label === 'A' ? undefined : 'x'))).toEqual([{ name: 'x', count: 2, right: 1 }]);
});

test('case of a word; what has no letter has none', () => {
  expect(['WORD', 'word', 'Word', 'wOrd', "O'Neil", '123', 'A1'].map(caseOf)).toEqual([
    'upper',
    'lower',
    'title',
    undefined,
    undefined,
    undefined,
    'upper',
  ]);
});

test('contrast is between the 5th and the 95th percentile', () => {
  // 100 pixels: 4 black outliers and 4 white ones do not count.
  const grey = Uint8Array.from({ length: 100 }, (_, i) => (i < 4 ? 0 : i < 50 ? 100 : i < 96 ? 140 : 255));
  expect(contrastOf(grey)).toBe(40);
  expect(contrastOf(new Uint8Array(10).fill(7))).toBe(0);
});

test('the worst have most edits a letter, then are the surest', () => {
  const pairs = [pair('AB', 'AB', 1), pair('ABCD', 'ABCX', 0.9), pair('AB', 'XB', 0.2), pair('AB', 'AX', 0.8)];
  expect(worst(pairs, 2)).toEqual([3, 2]);
  expect(worst(pairs, 9)).toEqual([3, 2, 1]);
});

test('the bootstrap interval holds its figure, is the same each time, and has no width without spread', () => {
  const parts = Array.from({ length: 200 }, (_, i) => [i % 4 === 0 ? 3 : 4, 4] as const);
  const [low, high] = bootstrap95(parts);
  expect(low).toBeLessThan(0.9375);
  expect(high).toBeGreaterThan(0.9375);
  // The normal interval of 200 draws of {3/4, 1}: standard error 0.25 * sqrt(0.25 * 0.75 / 200) = 0.00765.
  expect(high - low).toBeGreaterThan(2 * 1.96 * 0.00765 * 0.8);
  expect(high - low).toBeLessThan(2 * 1.96 * 0.00765 * 1.2);
  expect(bootstrap95(parts)).toEqual([low, high]);
  expect(bootstrap95([[2, 4]])).toEqual([0.5, 0.5]);
  expect(bootstrap95([])).toEqual([0, 1]);
});
