import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lexel } from './lexel.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-data-'));
const at = (...parts: string[]) => join(folder, ...parts);

function jpeg(width: number, height: number): Uint8Array {
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 7) % 256));
  return encode({ data, width, height }, 90).data;
}

/** MJSynth in small, with one fault of each kind among its training rows. */
beforeAll(() => {
  mkdirSync(at('mj', '1', '1'), { recursive: true });
  const words = ['slinking', 'null', 'na', 'gone', 'broken', 'nan1', 'aabb', 'extraordinarily', 'umlaut'];
  writeFileSync(at('mj', 'lexicon.txt'), `${words.join('\n')}\n`);
  const lines: string[] = [];
  const line = (name: string, lexicon: number) => lines.push(`./1/1/${name} ${lexicon}\n`);
  for (const [name, lexicon] of [
    ['1_slinking_0.jpg', 0],
    ['2_NULL_1.jpg', 1],
    ['3_na_2.jpg', 2],
    ['4_Gone_3.jpg', 3],
    ['5_broken_4.jpg', 4],
    ['6_nan1_5.jpg', 5],
    ['1_slinking_0.jpg', 0],
    ['7_aabb_0.jpg', 0],
    ['8_extraordinarily_7.jpg', 7],
    ['9_uml-ut_8.jpg', 8],
  ] as const) {
    line(name, lexicon);
    if (!name.startsWith('4_')) writeFileSync(at('mj', '1', '1', name), jpeg(40 + lexicon, 31));
  }
  const whole = jpeg(60, 31);
  writeFileSync(at('mj', '1', '1', '5_broken_4.jpg'), whole.subarray(0, whole.length / 3));
  lines.splice(2, 0, 'no path and number\n');
  writeFileSync(at('mj', 'annotation_train.txt'), lines.join(''));
  writeFileSync(at('mj', 'annotation_val.txt'), './1/1/2_NULL_1.jpg 1\n');
  writeFileSync(at('mj', 'annotation_test.txt'), './1/1/6_nan1_5.jpg 5\r\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('data mjsynth', () => {
  test('writes the rows that are whole, labels as strings, and lists each other row with its line', async () => {
    const { code, stderr } = await lexel(['data', 'mjsynth', at('mj'), '--out', at('set'), '--pack']);
    expect(code, stderr).toBe(0);
    expect(readFileSync(at('set', 'train.csv'), 'utf8')).toBe(
      'ImageName,Label,Height,Width\n../mj/1/1/1_slinking_0.jpg,SLINKING,31,40\n' +
        '../mj/1/1/2_NULL_1.jpg,NULL,31,41\n../mj/1/1/6_nan1_5.jpg,NAN1,31,45\n',
    );
    expect(readFileSync(at('set', 'test.csv'), 'utf8')).toContain('6_nan1_5.jpg,NAN1,');
    const report = JSON.parse(readFileSync(at('set', 'report.json'), 'utf8')) as {
      lists: { train: { skipped: { line: number; kind: string }[]; otherLength: number; lines: number } };
    };
    expect(report.lists.train.skipped.map((s) => [s.line, s.kind])).toEqual([
      [3, 'malformed'],
      [5, 'missing file'],
      [6, 'broken image'],
      [8, 'duplicate'],
      [9, 'wrong label'],
      [11, 'wrong label'],
    ]);
    expect(report.lists.train).toMatchObject({ lines: 11, otherLength: 2 });
    expect(stderr).toContain('skipped line 5: no such file: 1/1/4_Gone_3.jpg\n');
    expect(stderr).toContain('annotation_train.txt: 1 left out: broken image\n');
  });

  test('--strict ends with the first of them and writes no list', async () => {
    const args = ['data', 'mjsynth', at('mj'), '--out', at('strict'), '--pack', '--strict'];
    const { code, stderr } = await lexel(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/expected every row to be usable, got 6 that are not .*line 3: expected "path number"/);
    expect(existsSync(at('strict', 'train.csv'))).toBe(false);
    expect(existsSync(at('strict', 'train.pack'))).toBe(false);
  });

  test('a folder that is none is said', async () => {
    const { code, stderr } = await lexel(['data', 'mjsynth', at('nowhere'), '--out', at('none')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/expected a folder, got .*nowhere.*annotation_train\.txt/);
  });
});

describe('data import', () => {
  test('takes a CSV with a byte order mark, CRLF and quotes, and lists what it leaves out', async () => {
    copyFileSync(at('mj', '1', '1', '1_slinking_0.jpg'), at('one, two.jpg'));
    writeFileSync(
      at('list.csv'),
      '\uFEFFImageName,Label\r\n"one, two.jpg",TRUE\r\none.jpg,\r\n"one, two.jpg",1e5\r\ntwo.jpg,GR\u00DCN\r\n' +
        'three.jpg,AAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n',
    );
    const { code, stderr } = await lexel(['data', 'import', at('list.csv'), '--out', at('own')]);
    expect(code, stderr).toBe(0);
    expect(readFileSync(at('own', 'train.csv'), 'utf8')).toContain('"../one, two.jpg",TRUE,31,40\n');
    expect(stderr).toContain('skipped line 3: empty label\n');
    expect(stderr).toContain('skipped line 4: one, two.jpg stands on line 2 already as "TRUE", now as "1e5"\n');
    expect(stderr).toContain('skipped line 5: outside alphabet: "\u00DC"\n');
    expect(stderr).toContain('skipped line 6: too long: needs T >= L + repeats = 55, has 40\n');
    expect(stderr).toContain('byte order mark (first on line 1, 1 in all)\n');
    expect(stderr).toContain('CRLF line ends (first on line 1, 6 in all)\n');
  });
});

describe('analyze', () => {
  test('a list and its packed form have the same figures', async () => {
    const list = await lexel(['analyze', at('set', 'train.csv'), '--json', '--report', at('a.html')]);
    const packed = await lexel(['analyze', at('set', 'train.pack'), '--json']);
    expect(list.code, list.stderr).toBe(0);
    const figures = JSON.parse(list.stdout) as Record<string, unknown>;
    expect(figures).toMatchObject({ images: 3, withDigits: 1, uniqueLabels: 3 });
    expect({ ...JSON.parse(packed.stdout), list: '' }).toEqual({ ...figures, list: '' });
    const html = readFileSync(at('a.html'), 'utf8');
    expect(html).toContain('alt="SLINKING"');
    expect(html).not.toMatch(/<script|<link|src="http/);
  });

  test('a list without a usable row is said', async () => {
    writeFileSync(at('empty.csv'), 'ImageName,Label\nnowhere.jpg,WORD\n');
    const { code, stderr } = await lexel(['analyze', at('empty.csv')]);
    expect(code).toBe(2);
    expect(stderr).toContain('expected pictures with labels, got none (1 left out)');
  });
});
