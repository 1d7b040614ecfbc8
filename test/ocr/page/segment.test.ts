/** The lines of pages that a browser drew, against the boxes that the browser gave for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeImage, segmentPage } from '../../../src/ocr/index.ts';

const folder = new URL('../../fixtures/pages/', import.meta.url);
type Line = { readonly text: string; readonly box: readonly [number, number, number, number] };
const pages = JSON.parse(readFileSync(new URL('lines.json', folder), 'utf8')) as Record<string, readonly Line[]>;

const picture = (name: string) => decodeImage(readFileSync(new URL(`${name}.png`, folder)), { name });

test('every page has its lines written down', () => {
  const drawn = readdirSync(folder).filter((f) => f.endsWith('.png'));
  expect(drawn.map((f) => f.slice(0, -4)).sort()).toEqual(Object.keys(pages).sort());
});

describe.each(Object.keys(pages))('%s', (name) => {
  test('each line is found where it stands, in reading order', async () => {
    const { lines, angle } = segmentPage(await picture(name));
    expect(Math.abs(angle)).toBeLessThan(0.3);
    const found = pages[name].map(({ text, box: [x, y, width, height] }) => {
      const hits = lines.flatMap(({ box }, i) => {
        const across = Math.min(x + width, box.x + box.width) - Math.max(x, box.x);
        const down = Math.min(y + height, box.y + box.height) - Math.max(y, box.y);
        return across > 0.8 * width && down > 0.4 * Math.min(height, box.height) ? [i] : [];
      });
      expect(hits, text).toHaveLength(1);
      const { box, words } = lines[hits[0]];
      expect(box.width, text).toBeLessThan(1.25 * width + 10);
      expect(words.length, text).toBeGreaterThan(0);
      return hits[0];
    });
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });
});

test('an empty page says that it is blank', () => {
  const grey = new Uint8Array(300 * 200).fill(250);
  expect(segmentPage({ width: 300, height: 200, grey })).toMatchObject({ lines: [], reason: 'blank' });
});

test('commas of large type belong to their line, far apart as they stand and little as they overlap it', () => {
  const [width, height] = [700, 160];
  const grey = new Uint8Array(width * height).fill(245);
  const ink = (x: number, y: number, w: number, h: number) => {
    for (let v = y; v < y + h; v++) grey.fill(20, v * width + x, v * width + x + w);
  };
  for (const foot of [60, 120])
    for (let k = 0; k < 40; k++) {
      const x = 20 + 16 * k;
      if (k % 9 === 8) ink(x, foot - 4, 4, 11);
      else ink(x, foot - (k % 4 === 0 ? 22 : 15), 10, k % 4 === 0 ? 22 : 15);
    }
  const { lines } = segmentPage({ width, height, grey });
  expect(lines.map(({ box }) => [box.y, box.y + box.height])).toEqual([
    [38, 67],
    [98, 127],
  ]);
});
