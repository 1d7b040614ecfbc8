import { describe, expect, test } from 'vitest';
import { Alphabet, greedyDecode, normaliseInto } from '../../src/nn/index.ts';
import { stepsNeeded } from '../../src/train/data/index.ts';

describe('the alphabet', () => {
  test('folds case, keeps the blank last and counts the steps that repeats need', () => {
    const a = new Alphabet();
    expect([a.classes, a.blank]).toEqual([37, 36]);
    expect(a.decode(a.encode('Null0'))).toBe('NULL0');
    expect(stepsNeeded(a.encode('AABBA'))).toBe(7);
    expect(stepsNeeded([])).toBe(0);
    expect(new Alphabet('abC').normalise('aB')).toBe('aB');
  });

  test('a letter outside is named, and so is a symbol that stands twice', () => {
    expect(() => new Alphabet().encode("don't")).toThrow(`label "don't": "'" is not in the alphabet`);
    expect(() => new Alphabet('ABA')).toThrow('alphabet: "A" stands twice');
    expect(() => new Alphabet('')).toThrow('must hold at least one symbol');
  });
});

/** Logits [T, 1, 3] whose best class at each step is given. */
function path(best: number[], sure = 4): Float32Array {
  return Float32Array.from(best.flatMap((b) => [0, 1, 2].map((c) => (c === b ? sure : 0))));
}

describe('greedy decoding', () => {
  test('collapses repeats, drops blanks, and a blank parts equal letters', () => {
    const best = [0, 0, 2, 0, 1, 1, 2, 2];
    const r = greedyDecode(path(best), [8, 1, 3], 0, 2);
    expect(r.classes).toEqual([0, 0, 1]);
    expect(r.steps).toEqual([0, 3, 4]);
    const p = Math.exp(4) / (Math.exp(4) + 2);
    expect(r.confidence).toBeCloseTo(p ** 3, 6);
    expect(greedyDecode(path([2, 2]), [2, 1, 3], 0, 2).confidence).toBeCloseTo(p ** 2, 6);
    expect(r.probabilities[0]).toBeCloseTo(p, 6);
  });

  test('ignores the first steps when told to', () => {
    expect(greedyDecode(path([0, 0, 1]), [3, 1, 3], 0, 2, 2).classes).toEqual([1]);
  });
});

describe('input normalisation', () => {
  test('standard gives mean 0 and deviation 1, whatever brightness and contrast', () => {
    const image = Uint8Array.from({ length: 64 }, (_, i) => 100 + (i % 5) * 7);
    const out = new Float32Array(64);
    normaliseInto(image, 0, 64, out, 0, { kind: 'standard' });
    const mean = out.reduce((a, b) => a + b) / 64;
    expect(mean).toBeCloseTo(0, 5);
    expect(out.reduce((a, b) => a + b * b, 0) / 64).toBeCloseTo(1, 4);
    const inverted = new Float32Array(64);
    normaliseInto(image, 0, 64, inverted, 0, { kind: 'standard' }, true);
    inverted.forEach((v, i) => {
      expect(v).toBeCloseTo(-out[i], 6);
    });
  });

  test('an even picture gives zeros, not noise', () => {
    const out = new Float32Array(16);
    normaliseInto(new Uint8Array(16).fill(77), 0, 16, out, 0, { kind: 'standard' });
    expect([...out]).toEqual(new Array(16).fill(0));
  });

  test('unit divides by 255', () => {
    const out = new Float32Array(2);
    normaliseInto(Uint8Array.of(0, 255), 0, 2, out, 0, { kind: 'unit' });
    expect([...out]).toEqual([0, 1]);
  });
});
