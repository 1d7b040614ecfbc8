/** Hostile and hapless files through the whole reader, in a process of its own: an error each, soon, and without the memory that they ask for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { animatedGif, heic, tinyBomb } from '../browser/bad-files.ts';
import { script } from '../cli/lexel.ts';
import { chunk, header, makeJpeg, makePng, pngOf } from './image/make.ts';

const end = chunk('IEND', new Uint8Array(0));
const word = makePng({ width: 60, height: 20, depth: 8, colourType: 0, pixel: (x, y) => [(x * y) & 255] });

const FILES: Readonly<Record<string, () => Uint8Array>> = {
  // All there: 50 MB of rows of one bit a pixel in 49 kB.
  'a PNG of 20,000 x 20,000': () =>
    pngOf(header(20_000, 20_000, 1, 0), chunk('IDAT', deflateSync(new Uint8Array(20_000 * 2501))), end),
  'a bomb of 70 bytes': tinyBomb,
  'a bomb of 300 MB behind a small header': () =>
    pngOf(header(4, 4, 8, 0), chunk('IDAT', deflateSync(new Uint8Array(300_000_000))), end),
  'an SVG': () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'an animated GIF': animatedGif,
  'a HEIC photo': heic,
  'zero bytes': () => new Uint8Array(0),
  'a picture of 1 x 1': () => makePng({ width: 1, height: 1, depth: 8, colourType: 0, pixel: () => [9] }),
  'a text': () => Buffer.from('a shopping list\n'),
  'a JPEG cut short': () => makeJpeg(60, 20, (x) => x).subarray(0, 400),
};

interface Refusal {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly ms: number;
  /** What the process held at its peak beyond what it held before. */
  readonly extraMb: number;
}

let folder: string;
let refusals: Refusal[];
let after: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-bad-'));
  writeFileSync(join(folder, 'word.png'), word);
  const names = Object.keys(FILES);
  names.forEach((name, i) => {
    writeFileSync(join(folder, String(i)), FILES[name]());
  });
  const code = `
    import { createRecognizer, LexelError } from './dist/index.node.js';
    const folder = ${JSON.stringify(folder)};
    const ocr = await createRecognizer();
    const { text } = await ocr.read(folder + '/word.png');
    const out = [];
    for (let i = 0; i < ${names.length}; i++) {
      const before = process.memoryUsage().rss;
      const start = performance.now();
      const error = await ocr.read(folder + '/' + i).then((r) => ({ message: 'read as ' + r.text }), (e) => e);
      const ms = performance.now() - start;
      const extraMb = (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20;
      const { code, message, hint } = error;
      out.push({ code: error instanceof LexelError ? code : 'none', message, hint, ms, extraMb });
    }
    const again = await ocr.read(folder + '/word.png');
    await ocr.dispose();
    console.log(JSON.stringify({ out, after: again.text === text ? 'same' : 'other' }));`;
  const done = await script(code);
  if (done.code !== 0) throw new Error(done.stderr);
  const line = JSON.parse(done.stdout.split('\n').find((l) => l.startsWith('{')) ?? '{}');
  after = line.after;
  refusals = line.out.map((r: Omit<Refusal, 'name'>, i: number) => ({ ...r, name: names[i] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.keys(FILES))('%s', (name) => {
  const got = refusals.find((r) => r.name === name);
  expect(got).toMatchObject({ code: 'BAD_IMAGE', hint: expect.stringMatching(/^[A-Z].*\.$/) });
  expect(got?.message).toMatch(/(expected|truncated|damaged)/);
  expect(got?.ms).toBeLessThan(2000);
  expect(got?.extraMb).toBeLessThan(200);
});

test('the reader reads on as before', () => {
  expect(after).toBe('same');
  const most = (pick: (r: Refusal) => number) => Math.max(...refusals.map(pick));
  console.log(`at most ${most((r) => r.ms).toFixed(0)} ms and ${most((r) => r.extraMb).toFixed(0)} MB more`);
});
