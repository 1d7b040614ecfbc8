/** Rows that cannot be used: each is listed with its line and counted, the work goes on without them, and --strict makes them errors. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lexel } from './lexel.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-rows-'));
const at = (...parts: string[]) => join(folder, ...parts);

function jpeg(width: number, height: number): Uint8Array {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 13) % 256));
  return encode({ data, width, height }, 90).data;
}

/** A CSV with a byte order mark, CRLF line ends and quotes; among its rows one fault of each kind. */
const ROWS = [
  'ImageName,Label',
  '"good, one.jpg",NULL',
  'gone.jpg,WORD',
  'broken.jpg,WORD',
  'three.jpg,',
  'two.jpg,1E5',
  'two.jpg,1E5',
  'two.jpg,OTHER',
  'four.jpg,GR\u00DCN',
  'no comma',
  '"five.jpg","say ""NA"""',
  'six.jpg,aaaaa',
  'seven.jpg,na',
];
const LISTED = [
  'line 3: no such file: gone.jpg',
  'line 4: broken.jpg: ',
  'line 5: empty label',
  'line 7: two.jpg stands on line 6 already',
  'line 8: two.jpg stands on line 6 already as "1E5", now as "OTHER"',
  'line 9: outside alphabet: "\u00DC"',
  'line 10: too few columns',
  'line 11: outside alphabet: " "',
  'line 12: too long: needs T >= L + repeats = 9, has 8',
];
const COUNTED = [
  '2 left out: duplicate',
  '2 left out: outside alphabet',
  '1 left out: missing file',
  '1 left out: broken image',
  '1 left out: empty label',
  '1 left out: malformed',
  '1 left out: cannot be aligned',
];

beforeAll(() => {
  for (const name of ['good, one', 'two', 'three', 'four', 'five', 'six', 'seven'].map((n) => `${n}.jpg`))
    writeFileSync(at(name), jpeg(60, 31));
  writeFileSync(at('broken.jpg'), jpeg(60, 31).subarray(0, 400));
  writeFileSync(at('list.csv'), `\uFEFF${ROWS.join('\r\n')}\r\n`);
  const config = { base: 'word-small', width: 32, batch: 2, steps: 2, validateEvery: 2, checkpointEvery: 2 };
  writeFileSync(at('tiny.json'), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const train = (out: string, ...more: string[]) =>
  lexel([
    'train',
    '--config',
    at('tiny.json'),
    '--data',
    at('list.csv'),
    '--val',
    at('list.csv'),
    '--out',
    at(out),
    ...more,
  ]);

describe('a list with a fault of each kind', () => {
  test('training lists and counts every row that it leaves out, and goes on with the others', async () => {
    const { code, stderr } = await train('run', '--profile');
    expect(code, stderr).toBe(0);
    for (const line of LISTED) expect(stderr).toContain(`skipped ${line}`);
    for (const count of COUNTED) expect(stderr).toContain(`${at('list.csv')}: ${count}\n`);
    expect(stderr).toContain('byte order mark (first on line 1, 1 in all)\n');
    expect(stderr).toContain('CRLF line ends (first on line 1, 13 in all)\n');
    expect(stderr).toContain('quoted cells (first on line 2, 2 in all)\n');
    // NULL, 1E5 and NA are words.
    expect(stderr).toContain(`${at('list.csv')}: 3 images, 9 rows skipped\n`);
    expect(stderr).toContain('done: 2 steps');
    expect(stderr).toMatch(
      /where the [\d.]+ s of the steps went[^\n]*:\n {2}data wait .*\n {2}upload .*\n {2}forward .*\n {2}backward /,
    );
  });

  test('--strict makes them an error that names the first, before any step', async () => {
    const { code, stderr } = await train('strict', '--strict');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /expected every row to be usable, got 9 that are not \(.*2 duplicate.*\); line 3: no such file: gone.jpg/,
    );
    expect(stderr).toContain('Mend the list, or leave --strict out to go on without them.');
    expect(stderr).not.toContain('step 1/2');
  });
});

test('malformed lines of a MJSynth list are all counted, beyond the 1,000 that are kept', async () => {
  mkdirSync(at('mj', '1'), { recursive: true });
  writeFileSync(at('mj', '1', '1_WORD_0.jpg'), jpeg(60, 31));
  const good = './1/1_WORD_0.jpg 0\n';
  writeFileSync(at('mj', 'annotation_train.txt'), 'neither path nor number\n'.repeat(1205) + good);
  const args = ['data', 'mjsynth', at('mj'), '--out', at('set'), '--val', '0', '--test', '0'];
  const { code, stdout, stderr } = await lexel(args);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('1 rows, 1205 left out\n');
  expect(stderr).toContain('annotation_train.txt: 1205 left out: malformed\n');
  expect(stderr.match(/skipped line/g)).toHaveLength(20);
  const report = JSON.parse(readFileSync(at('set', 'report.json'), 'utf8')) as {
    lists: { train: { counts: object; skipped: unknown[] } };
  };
  expect(report.lists.train.counts).toEqual({ malformed: 1205 });
  expect(report.lists.train.skipped).toHaveLength(1000);
  const strict = await lexel([...args.slice(0, 3), '--out', at('none'), '--val', '0', '--test', '0', '--strict']);
  expect(strict.code).toBe(2);
  expect(strict.stderr).toContain('got 1205 that are not (1205 malformed); line 1: ');
});
