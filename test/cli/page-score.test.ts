import { describe, expect, test } from 'vitest';
import { addScores, type FoundLine, scorePage, type TrueLine } from '../../src/cli/page-score.ts';

const line = (text: string, y: number, x = 0, width = 100): TrueLine => ({
  text,
  from: [x, y],
  to: [x + width, y],
  height: 10,
});
const found = (text: string, y: number, x = 0, width = 100, slope = 0): FoundLine => ({
  text,
  corners: [
    [x, y - 5],
    [x + width, y - 5 + slope * width],
    [x + width, y + 5 + slope * width],
    [x, y + 5],
  ],
});
const page = [line('one', 10), line('two', 30), line('three', 50)];

describe('the score of a page', () => {
  test('a page read right, whatever it is turned by', () => {
    const read = page.map((l) => found(l.text, l.from[1]));
    const right = { lines: 3, found: 3, pairs: 2, inOrder: 2, spurious: 0, characters: 11, edits: 0, exact: 3 };
    expect(scorePage(page, read)).toEqual(right);
    const turned = page.map((l) => ({ ...l, to: [100, l.from[1] + 10] as const }));
    expect(
      scorePage(
        turned,
        page.map((l) => found(l.text, l.from[1], 0, 100, 0.1)),
      ),
    ).toEqual(right);
  });

  test('a line not found costs its characters, one that is not there its own', () => {
    const read = [found('one', 10), found('xyzw', 80), found('thre', 50)];
    expect(scorePage(page, read)).toMatchObject({ found: 2, spurious: 1, edits: 3 + 4 + 1, exact: 1, pairs: 0 });
  });

  test('a line in two pieces is not found whole, but what they say counts', () => {
    const read = [found('one', 10), found('t', 30, 0, 40), found('wo', 30, 50, 50), found('three', 50)];
    expect(scorePage(page, read)).toMatchObject({ found: 2, edits: 1, exact: 2 });
  });

  test('half a line is not found', () => {
    expect(scorePage([line('one', 10)], [found('one', 10, 0, 60)])).toMatchObject({ found: 0, exact: 1 });
  });

  test('lines in another order', () => {
    const read = [found('two', 30), found('one', 10), found('three', 50)];
    expect(scorePage(page, read)).toMatchObject({ found: 3, pairs: 2, inOrder: 1, edits: 0 });
  });

  test('two lines read as one: one of them is missing', () => {
    const read = [found('one', 10), found('two three', 40), found('', 500)];
    expect(scorePage(page, read)).toMatchObject({ found: 1, spurious: 2, exact: 1 });
  });

  test('scores add up', () => {
    const one = scorePage(page, [found('one', 10)]);
    const sum = addScores([one, one]);
    expect(sum).toEqual(Object.fromEntries(Object.entries(one).map(([k, v]) => [k, 2 * v])));
    expect(addScores([])).toMatchObject({ lines: 0, edits: 0 });
  });
});
