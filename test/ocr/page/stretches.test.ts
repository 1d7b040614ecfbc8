import { expect, test } from 'vitest';
import { stretches } from '../../../src/ocr/page/read.ts';
import type { PageBox } from '../../../src/ocr/page/types.ts';

/** A box 20 high on a line that falls by `slope`. */
const box = (x: number, width: number, slope = 0): PageBox => ({
  box: { x, y: x * slope, width, height: 20 + width * slope },
  corners: [
    [x, x * slope],
    [x + width, (x + width) * slope],
    [x + width, (x + width) * slope + 20],
    [x, x * slope + 20],
  ],
});
const line = (words: PageBox[]) => ({ ...box(0, 500), words });

test('a line without wide blanks is read whole', () => {
  expect(stretches(line([box(0, 50), box(60, 90), box(185, 15)]))).toEqual([box(0, 200)]);
});

test('a blank over two heights long parts it, on turned pages too', () => {
  const words = [box(0, 50, 0.1), box(60, 40, 0.1), box(141, 59, 0.1), box(400, 30, 0.1)];
  expect(stretches(line(words))).toEqual([box(0, 100, 0.1), box(141, 59, 0.1), box(400, 30, 0.1)]);
});

test('a line without words has none', () => {
  expect(stretches(line([]))).toEqual([]);
});
