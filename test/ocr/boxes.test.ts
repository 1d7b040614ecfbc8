import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { characterBoxes } from '../../src/ocr/boxes.ts';
import { createRecognizer, type Recognizer, type Region } from '../../src/ocr/index.ts';
import { FontLibrary, renderWord } from '../../src/train/data/index.ts';

let device: Device;
let ocr: Recognizer;

beforeAll(async () => {
  device = await Device.create();
  ocr = await createRecognizer({ device });
});
afterAll(async () => {
  await ocr.dispose();
  device.dispose();
});

/** Overlap of two extents along the line, over their union. */
function overlap(box: Region, truth: { x0: number; x1: number }): number {
  const both = Math.min(box.x + box.width, truth.x1) - Math.max(box.x, truth.x0);
  return Math.max(0, both) / (Math.max(box.x + box.width, truth.x1) - Math.min(box.x, truth.x0));
}

test('characters stand where the generator drew them: mean overlap of at least 0.6', async () => {
  const fonts = new FontLibrary('holdout');
  const words = ['READER', 'BOOK', 'ILLUMINATES', 'WINDOWS', 'GRAPHIC', 'MILLS', 'PLAIN', 'QUARTERLY'];
  const overlaps: number[] = [];
  for (let index = 0; index < 32; index++) {
    const sample = renderWord({ word: words[index % 8], seed: 5, index, fonts, chars: true });
    // The alignment of the word that is drawn: what is measured is where, not what.
    const { chars } = await ocr.read(sample, { lexicon: [sample.label] });
    expect(chars.map((c) => c.text).join('')).toBe(sample.label);
    overlaps.push(...chars.map((c, i) => overlap(c.box, sample.chars?.[i] ?? { x0: 0, x1: 0 })));
  }
  const mean = overlaps.reduce((a, b) => a + b, 0) / overlaps.length;
  console.log(`mean overlap of ${overlaps.length} characters: ${mean.toFixed(3)}`);
  expect(mean).toBeGreaterThan(0.6);
});

describe('boxes', () => {
  const region = { x: 100, y: 20, width: 320, height: 40 };

  test.each([
    ['I', [4]],
    ['WI', [0, 30]],
    ['ABC', [2, 16, 29]],
    ['WILL', [0, 12, 18, 31]],
    ['MMMMMMMM', [0.5, 5, 9, 13, 17, 21, 25, 31.5]],
  ])('%s: in order, side by side, within the region', (word, centers) => {
    const boxes = characterBoxes([...word], centers, 32, region);
    expect(boxes).toHaveLength(word.length);
    boxes.forEach((b, i) => {
      expect(b.width).toBeGreaterThan(0);
      expect([b.y, b.height]).toEqual([20, 40]);
      if (i > 0) expect(b.x).toBeCloseTo(boxes[i - 1].x + boxes[i - 1].width, 9);
    });
    expect(boxes[0].x).toBeGreaterThanOrEqual(100);
    const last = boxes[boxes.length - 1];
    expect(last.x + last.width).toBeLessThanOrEqual(420);
  });

  test('a narrow letter gets less room than a wide one', () => {
    const [, i, , w] = characterBoxes([...'AINWA'], [1, 8, 14, 22, 30], 32, region);
    expect(i.width).toBeLessThan(w.width / 1.5);
  });

  test('nothing read has no boxes', () => {
    expect(characterBoxes([], [], 32, region)).toEqual([]);
  });
});
