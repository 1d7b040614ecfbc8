import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../../../src/gpu/errors.ts';
import { decodeImage } from '../../../src/ocr/image/index.ts';
import { makeCmykJpeg, makeJpeg, makePng, withOrientation } from './make.ts';

const pixel = (x: number, y: number) => [(x * 13) & 255, (y * 29) & 255, (x * y) & 255, (x + y) & 255];
const seeds: Record<string, Buffer> = {
  'grey png': makePng({ width: 30, height: 12, depth: 8, colourType: 0, pixel: (x, y) => [(x * y) & 255] }),
  'interlaced rgba png': makePng({ width: 13, height: 7, depth: 8, colourType: 6, interlaced: true, pixel }),
  'palette png': makePng({
    width: 9,
    height: 9,
    depth: 2,
    colourType: 3,
    palette: [
      [0, 0, 0],
      [9, 9, 9],
      [200, 0, 0],
    ],
    pixel: (x, y) => [(x + y) % 3],
  }),
  jpeg: withOrientation(
    makeJpeg(40, 16, (x, y) => (x * y * 3) & 255),
    6,
  ),
  'cmyk jpeg': makeCmykJpeg([10, 200, 30, 90]),
};

/** Decodes; whatever comes must be a whole picture or an ImageError, soon. */
async function survives(bytes: Uint8Array): Promise<void> {
  // Processor time, not the clock's: beside a training run the clock says little of the decoder.
  const start = process.cpuUsage();
  try {
    const { width, height, grey } = await decodeImage(bytes);
    expect(grey.length).toBe(width * height);
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    expect((error as Error).message).not.toMatch(/\n/);
  }
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(2000);
}

/** Edits that file damage and attackers make: bytes changed, removed, repeated, put in, the end cut off. */
const edit = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat(), value: fc.constant(0) }),
);

function apply(
  bytes: Buffer,
  { kind, at, value }: { kind: 'set' | 'cut' | 'repeat' | 'end'; at: number; value: number },
): Buffer {
  if (bytes.length === 0) return bytes;
  const i = at % bytes.length;
  if (kind === 'end') return bytes.subarray(0, i);
  if (kind === 'cut') return Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + value)]);
  if (kind === 'repeat') return Buffer.concat([bytes.subarray(0, i + value), bytes.subarray(i)]);
  const copy = Buffer.from(bytes);
  copy[i] = value;
  return copy;
}

describe('damaged files give a picture or an ImageError within 2 s', () => {
  test.each(Object.keys(seeds))('%s', async (name) => {
    const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, (list) => survives(list.reduce(apply, seeds[name]))),
      { numRuns: 250 },
    );
  });

  test('any bytes after either signature', async () => {
    const magic = fc.constantFrom([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10], [0xff, 0xd8, 0xff], []);
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 200 }), (head, tail) =>
        survives(Uint8Array.from([...head, ...tail])),
      ),
      { numRuns: 600 },
    );
  });
});
