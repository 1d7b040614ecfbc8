/** npm run fonts without a network: its list, and packages that lie in folders, which npm packs as it fetches others. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fetchFonts, listed } from '../../scripts/fonts.mjs';
import { tarFiles } from '../../scripts/unpack.mjs';
import { root } from '../cli/lexel.ts';

const home = mkdtempSync(join(tmpdir(), 'lexel-fetch-'));
beforeAll(() => {
  vi.stubEnv('npm_config_offline', 'true');
  vi.stubEnv('npm_config_update_notifier', 'false');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** A package in a folder of its own; every file holds its own name. */
function packageOf(family: string, files: readonly string[]): { family: string; spec: string } {
  const spec = join(mkdtempSync(join(home, 'p-')), family);
  for (const file of files) {
    mkdirSync(dirname(join(spec, file)), { recursive: true });
    writeFileSync(join(spec, file), file);
  }
  writeFileSync(join(spec, 'package.json'), JSON.stringify({ name: `@fontsource/${family}`, version: '1.2.3' }));
  return { family, spec };
}

/** Every file below a folder, and every folder, hidden ones too. */
const within = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
const newFolder = () => join(mkdtempSync(join(home, 'out-')), 'fonts');

describe('fonts.txt', () => {
  const lines = readFileSync(join(root, 'scripts', 'fonts.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const families = lines.map((line) => line.split('@')[0]);

  test('names a family and a version a line, in order, none twice', () => {
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.filter((line) => !/^[a-z0-9]+(?:-[a-z0-9]+)*@\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    expect(families).toEqual([...new Set(families)].sort());
  });

  test('repeats none that npm ci installs', () => {
    const names = JSON.parse(readFileSync(join(root, 'src/train/data/synth/families.json'), 'utf8')) as string[];
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name) => families.includes(name))).toEqual([]);
  });

  test('is read without its comments', () => {
    expect(listed().map(({ spec }) => spec)).toEqual(lines.map((line) => `@fontsource/${line}`));
    expect(listed().map(({ family }) => family)).toEqual(families);
    const file = join(home, 'list.txt');
    writeFileSync(file, '# two\n\nb612-mono@5.3.0\naleo@1.0.0\n');
    expect(listed(file)).toEqual([
      { family: 'b612-mono', spec: '@fontsource/b612-mono@5.3.0' },
      { family: 'aleo', spec: '@fontsource/aleo@1.0.0' },
    ]);
  });
});

describe('fetchFonts', () => {
  test('keeps the Latin files and the licence; what is there is not fetched again', async () => {
    const out = newFolder();
    const a = packageOf('a', [
      'files/a-latin-400-normal.woff2',
      'files/a-latin-700-italic.woff2',
      'files/a-latin-400-normal.woff',
      'files/a-latin-ext-400-normal.woff2',
      'files/a-cyrillic-400-normal.woff2',
      'LICENSE',
      'README.md',
      'index.css',
    ]);
    const progress = vi.fn();
    expect(await fetchFonts([a], out, progress)).toEqual({ there: 0, fetched: 1, failed: [] });
    expect(progress.mock.calls).toEqual([[1, 1]]);
    const kept = ['LICENSE', 'a-latin-400-normal.woff2', 'a-latin-700-italic.woff2'];
    expect(within(out)).toEqual(['a', ...kept.map((file) => join('a', file))]);
    expect(readFileSync(join(out, 'a', 'a-latin-400-normal.woff2'), 'utf8')).toBe('files/a-latin-400-normal.woff2');

    // Its package may be gone by then.
    rmSync(a.spec, { recursive: true });
    writeFileSync(join(out, 'a', 'LICENSE'), 'of the first call');
    progress.mockClear();
    expect(await fetchFonts([a], out, progress)).toEqual({ there: 1, fetched: 0, failed: [] });
    expect(progress).not.toHaveBeenCalled();
    expect(readFileSync(join(out, 'a', 'LICENSE'), 'utf8')).toBe('of the first call');
  });

  test('each family gets its own files, over more packages than one npm fetches', async () => {
    const out = newFolder();
    const names = Array.from({ length: 23 }, (_, i) => `f${i}`);
    const families = names.map((name) => packageOf(name, [`files/${name}-latin-400-normal.woff2`]));
    const progress = vi.fn();
    expect(await fetchFonts(families, out, progress)).toEqual({ there: 0, fetched: 23, failed: [] });
    expect(progress.mock.lastCall).toEqual([23, 23]);
    const files = names.flatMap((name) => [name, join(name, `${name}-latin-400-normal.woff2`)]);
    expect(within(out)).toEqual(files.sort());
  });

  test('a package without a Latin file fails alone and leaves nothing', async () => {
    const out = newFolder();
    const bare = packageOf('bare', ['files/bare-khmer-400-normal.woff2', 'LICENSE']);
    const whole = packageOf('whole', ['files/whole-latin-400-normal.woff2']);
    const got = await fetchFonts([bare, whole], out);
    expect(got).toEqual({ there: 0, fetched: 1, failed: ['bare: no Latin file in its package'] });
    expect(within(out)).toEqual(['whole', join('whole', 'whole-latin-400-normal.woff2')]);
  });

  test('a package that npm does not find is reported and leaves nothing', async () => {
    const out = newFolder();
    const got = await fetchFonts([{ family: 'gone', spec: join(home, 'gone') }], out);
    expect(got).toEqual({ there: 0, fetched: 0, failed: [expect.stringMatching(/^gone: .*ENOENT/)] });
    expect(existsSync(out)).toBe(true);
    expect(within(out)).toEqual([]);
  });

  test('a package that is not there does not stop those fetched with it', async () => {
    const out = newFolder();
    const there = packageOf('a', ['files/a-latin-400-normal.woff2']);
    const gone = { family: 'gone', spec: join(home, 'gone') };
    const result = await fetchFonts([there, gone, packageOf('empty', ['README'])], out);
    expect(result).toMatchObject({ there: 0, fetched: 1 });
    expect(result.failed).toHaveLength(2);
    expect(result.failed.join('\n')).toMatch(/^gone: npm error code ENOENT: .*\nempty: no Latin file in its package$/);
    expect(within(out)).toEqual(['a', join('a', 'a-latin-400-normal.woff2')]);
  });

  test('what a run left that was cut off is removed by the next', async () => {
    const out = newFolder();
    for (const folder of ['.npm-12-a', '.family-12-b', 'mine']) mkdirSync(join(out, folder), { recursive: true });
    await fetchFonts([], out);
    expect(within(out)).toEqual(['mine']);
  });

  test('a name that does not fit the field of a tar header comes whole', async () => {
    const out = newFolder();
    const file = `${'n'.repeat(76)}-latin-400-normal.woff2`;
    const long = packageOf('long', [`files/${file}`]);
    expect(`package/files/${file}`.length).toBeGreaterThan(100);
    expect(await fetchFonts([long], out)).toMatchObject({ fetched: 1, failed: [] });
    expect(within(out)).toEqual(['long', join('long', file)]);
  });
});

describe('tarFiles', () => {
  /** A header (POSIX ustar) and its data, filled up to 512 bytes. */
  function entry(name: string, text: string, { prefix = '', type = '0', magic = 'ustar\0' } = {}): Buffer {
    const block = Buffer.alloc(512 + 512 * Math.ceil(text.length / 512));
    block.write(name, 0, 100, 'latin1');
    block.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
    block.write(type, 156);
    block.write(magic, 257);
    block.write(prefix, 345, 155, 'latin1');
    block.write(text, 512);
    return block;
  }
  const read = (...entries: Buffer[]) =>
    [...tarFiles(Buffer.concat([...entries, Buffer.alloc(1024)]))].map(({ name, data }) => [name, data.toString()]);

  test('joins a name of more than 100 bytes from its two fields', () => {
    const [prefix, name] = ['p'.repeat(155), `${'n'.repeat(94)}.woff2`];
    const text = 'x'.repeat(600);
    expect(read(entry('short', 'a'), entry(name, text, { prefix }), entry('after', 'b'))).toEqual([
      ['short', 'a'],
      [`${prefix}/${name}`, text],
      ['after', 'b'],
    ]);
  });

  test('the older kind of header has no second field', () => {
    expect(read(entry('name', 'a', { prefix: 'noise', magic: '' }))).toEqual([['name', 'a']]);
  });

  test('folders and links are left out', () => {
    expect(read(entry('folder/', '', { type: '5' }), entry('file', 'a', { type: '\0' }))).toEqual([['file', 'a']]);
  });
});
