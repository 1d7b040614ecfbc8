import fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { resizeGrey } from '../../../src/nn/resize.ts';
import { contactSheet } from '../../../src/train/data/sheet.ts';
import { formatStats, measureImage, statsTable } from '../../../src/train/data/stats.ts';

const size = fc.integer({ min: 1, max: 40 });

describe('resizeGrey', () => {
  it('keeps an image of its own size', () => {
    const grey = Uint8Array.from({ length: 35 }, (_, i) => (i * 37) % 256);
    expect(resizeGrey(grey, 7, 5, 7, 5)).toEqual(grey);
  });

  it('keeps a flat image flat at every size', () => {
    fc.assert(
      fc.property(size, size, size, size, fc.integer({ min: 0, max: 255 }), (w, h, W, H, v) => {
        const out = resizeGrey(new Uint8Array(w * h).fill(v), w, h, W, H);
        return out.length === W * H && out.every((p) => p === v);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('never leaves the range of its input, and commutes with mirroring within rounding', () => {
    fc.assert(
      fc.property(size, size, size, fc.integer({ min: 0, max: 1000 }), (w, W, H, salt) => {
        const grey = Uint8Array.from({ length: w * 3 }, (_, i) => 20 + (((i + 1) * (salt + 7) * 31) % 200));
        const mirrored = Uint8Array.from(
          { length: w * 3 },
          (_, i) => grey[Math.floor(i / w) * w + (w - 1 - (i % w))] ?? 0,
        );
        const out = resizeGrey(grey, w, 3, W, H);
        const back = resizeGrey(mirrored, w, 3, W, H);
        return out.every(
          (v, i) => v >= 20 && v < 220 && Math.abs(v - (back[Math.floor(i / W) * W + (W - 1 - (i % W))] ?? 0)) <= 1,
        );
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('matches Pillow BILINEAR on a small case: 4 -> 2 and 2 -> 4', () => {
    // Weights of 4 -> 2: triangle of support 2 about 1 and 3: [3, 3, 1] / 7 and [1, 3, 3] / 7.
    expect([...resizeGrey(Uint8Array.of(0, 70, 140, 210), 4, 1, 2, 1)]).toEqual([50, 160]);
    // Half-pixel centres: 0, 1/4, 3/4, 1.
    expect([...resizeGrey(Uint8Array.of(0, 100), 2, 1, 4, 1)]).toEqual([0, 25, 75, 100]);
  });

  it('averages instead of skipping: one pixel in ten columns survives tenfold shrinking', () => {
    const grey = new Uint8Array(100);
    grey[55] = 200;
    const total = [...resizeGrey(grey, 100, 1, 10, 1)].reduce((a, b) => a + b, 0);
    expect(total).toBeGreaterThanOrEqual(18);
    expect(total).toBeLessThanOrEqual(22);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => resizeGrey(new Uint8Array(5), 2, 2, 1, 1)).toThrow(RangeError);
    expect(() => resizeGrey(new Uint8Array(4), 2, 2, 0, 1)).toThrow(RangeError);
    expect(() => resizeGrey(new Uint8Array(4), 2, 2, 3, 1, new Uint8Array(2))).toThrow(RangeError);
  });
});

describe('measureImage, statsTable', () => {
  const bar = new Uint8Array(128 * 32).fill(100);
  for (let y = 8; y < 24; y++) for (let x = 20; x < 110; x++) bar[y * 128 + x] = (x >> 2) % 2 === 0 ? 200 : 0;
  const image = { width: 128, height: 32, grey: bar };

  it('finds the rows and columns of text', () => {
    expect(measureImage(image)).toMatchObject({
      firstRow: 8,
      lastRow: 23,
      firstColumn: 20,
      lastColumn: 109,
      width: 128,
    });
  });

  it('prints every figure of every set', () => {
    const text = formatStats({ real: statsTable([image]), generated: statsTable([image, image]) });
    expect(text.split('\n').length).toBe(21);
    expect(text).toContain('natural width');
  });
});

describe('contactSheet', () => {
  it('is a PNG of the asked columns with the pixels of its samples', () => {
    const sample = { width: 3, height: 2, grey: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const png = PNG.sync.read(Buffer.from(contactSheet([sample, sample, sample], 2)));
    expect([png.width, png.height]).toEqual([2 * 7 + 4, 2 * 6 + 4]);
    expect(png.data[(4 * png.width + 4) * 4]).toBe(1);
    expect(png.data[(5 * png.width + 6) * 4]).toBe(6);
  });
});
