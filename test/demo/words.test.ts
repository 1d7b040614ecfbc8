import { expect, test } from 'vitest';
import { chooseWords, WORDS } from '../../demo/train/words.ts';

test('everyday words: few of them hold each letter, none comes twice before all came', () => {
  for (const seed of [1, 2]) {
    const words = chooseWords('', 30, seed);
    for (const letter of 'abcdefghijklmnopqrstuvwxyz')
      expect(words.filter((w) => w.includes(letter)).length, letter).toBeGreaterThanOrEqual(3);
    const all = chooseWords('', WORDS.length, seed);
    expect(new Set(all)).toEqual(new Set(WORDS));
    expect(chooseWords('', 30, seed)).toEqual(words);
  }
  expect(chooseWords('', 30, 1)).not.toEqual(chooseWords('', 30, 2));
});

test('the words one gives, in turn', () => {
  expect(chooseWords('one, two;\nthree', 5)).toEqual(['one', 'two', 'three', 'one', 'two']);
});
