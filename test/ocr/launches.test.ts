import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalised } from '../../src/ocr/fit.ts';
import { wordLaunches } from '../../src/ocr/launches.ts';
import { lineLaunches, seam, windowsOf } from '../../src/ocr/lines.ts';
import { info } from './model.ts';

const blank = (width: number) => normalised(new Uint8Array(32 * width), width, info);

describe('windows of a line', () => {
  test('one up to 1,024 pixels', () => {
    expect(windowsOf(32)).toEqual([{ from: 0, columns: 32 }]);
    expect(windowsOf(1024)).toEqual([{ from: 0, columns: 1024 }]);
  });

  test('beyond that several, which cover it, overlap and have their seams well inside', () => {
    fc.assert(
      fc.property(fc.integer({ min: 33, max: 512 }), (n) => {
        const width = 32 * n;
        const windows = windowsOf(width);
        expect(windows[0].from).toBe(0);
        const last = windows[windows.length - 1];
        expect(last.from + last.columns).toBe(width);
        windows.slice(1).forEach((right, i) => {
          const left = windows[i];
          expect(right.from % 32).toBe(0);
          const at = seam(left, right);
          expect(at - right.from).toBeGreaterThanOrEqual(64);
          expect(left.from + left.columns - at).toBeGreaterThanOrEqual(64);
        });
      }),
    );
  });
});

describe('launches', () => {
  test('lines share batches by recorded width; what would leave most of one empty goes alone', () => {
    const inputs = [100 + 28, 1024, 160, 192, 256, 640, 128, 96].map(blank);
    const launches = lineLaunches(inputs, 4);
    expect(launches.map((l) => [l.width, l.batch, l.pieces.map((p) => p.of)])).toEqual([
      [128, 4, [0, 6, 7]],
      [192, 4, [2, 3]],
      [256, 1, [4]],
      [768, 1, [5]],
      [1024, 1, [1]],
    ]);
  });

  test('a long line comes in pieces of one width, in order', () => {
    const [launch, ...rest] = lineLaunches([blank(2048)], 4);
    expect(rest).toEqual([]);
    expect(launch).toMatchObject({ width: 1024, batch: 4 });
    expect(launch.pieces.map((p) => [p.of, p.from, p.columns])).toEqual([
      [0, 0, 1024],
      [0, 512, 1024],
      [0, 1024, 1024],
    ]);
  });

  test('words of the usual width share full batches, longer ones go one by one', () => {
    const launches = wordLaunches([128, 288, 128, 128, 288].map(blank), info.width, 2);
    expect(launches.map((l) => [l.width, l.batch, l.pieces.map((p) => p.of)])).toEqual([
      [128, 2, [0, 2]],
      [128, 1, [3]],
      [288, 1, [1]],
      [288, 1, [4]],
    ]);
  });
});
