import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { openData } from '../../src/cli/train-data.ts';
import { Device } from '../../src/gpu/index.ts';
import { createSession, runConfig } from '../../src/train/index.ts';
import { lexel, root } from './lexel.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-font-folder-'));
const at = (...parts: string[]) => join(folder, ...parts);
const fonts = at('fonts');
const missing = at('missing');

beforeAll(() => {
  const font = join(root, 'node_modules/@fontsource/press-start-2p/files/press-start-2p-latin-400-normal.woff2');
  // As many as there are of @fontsource, so that every second word is drawn with them.
  for (let i = 0; i < 200; i++) {
    mkdirSync(join(fonts, `more-${i}`), { recursive: true });
    copyFileSync(font, join(fonts, `more-${i}`, 'a.woff2'));
  }
  mkdirSync(at('empty'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The settings that `train --print-config` shows. */
async function printed(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await lexel(['train', '--print-config', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe('lexel synth --font-folder', () => {
  test('draws the same words otherwise', async () => {
    const drawn = async (name: string, ...args: string[]) => {
      const { code, stderr } = await lexel(['synth', '--out', at(name), '--count', '12', '--seed', '5', ...args]);
      expect(stderr).toBe(`lexel: 12 words in ${at(name)}\n`);
      expect(code).toBe(0);
      const pictures = readdirSync(at(name, 'img', '0000'));
      return {
        // A picture's own name tells small letters from capitals, which go with the looks.
        labels: readFileSync(at(name, 'labels.tsv'), 'utf8').replace(/^.*\t/gm, ''),
        pictures: pictures.map((file) => readFileSync(at(name, 'img', '0000', file))),
      };
    };
    const [plain, more] = [await drawn('plain'), await drawn('more', '--font-folder', fonts)];
    expect(more.labels).toMatch(/^([0-9A-Z]+\n){12}$/);
    expect(more.labels).toBe(plain.labels);
    expect(more.pictures).toHaveLength(12);
    expect(more.pictures).not.toEqual(plain.pictures);
  });

  test.each([
    ['missing', [], `Cannot read the font folder ${missing}: ENOENT: no such file or directory, scandir '${missing}'.`],
    ['empty', [], `The font folder ${at('empty')} holds no font file (.woff2, .woff, .ttf, .otf).`],
    ['fonts', ['--lines'], 'SynthStream: fontFolder is for words; lines have typefaces of their own.'],
  ])('%s %j is refused before anything is written', async (name, args, text) => {
    const got = await lexel(['synth', '--preview', at('sheet.png'), '--font-folder', at(name), ...args]);
    expect(got).toEqual({ code: 2, stdout: '', stderr: `lexel: ${text}\n` });
    expect(existsSync(at('sheet.png'))).toBe(false);
  });
});

describe('lexel train', () => {
  test('--font-folder and --digit-share are in the configuration, the folder by its whole path', async () => {
    const flags = ['--font-folder', 'some/../fonts', '--digit-share', '0.5'];
    expect(await printed(...flags)).toMatchObject({ fontFolder: resolve('fonts'), digitShare: 0.5 });
    const plain = await printed();
    expect(plain).not.toHaveProperty('fontFolder');
    expect(plain).not.toHaveProperty('digitShare');
  });

  test('a share of 0 is a share', async () => {
    expect(await printed('--digit-share', '0')).toMatchObject({ digitShare: 0 });
  });

  test('a configuration file names them too; flags go before it', async () => {
    const file = at('mine.json');
    writeFileSync(file, JSON.stringify({ base: 'word-small', fontFolder: 'mine', digitShare: 0.25 }));
    expect(await printed('--config', file)).toMatchObject({ fontFolder: resolve('mine'), digitShare: 0.25 });
    const flags = ['--font-folder', fonts, '--digit-share', '0'];
    expect(await printed('--config', file, ...flags)).toMatchObject({ fontFolder: fonts, digitShare: 0 });
  });

  test.each(['2', '-0.1', 'half', ''])('--digit-share "%s" is refused', async (share) => {
    const got = await lexel(['train', '--print-config', `--digit-share=${share}`]);
    const text = `option '--digit-share <share>' argument '${share}' is invalid. Expected a number from 0 to 1.`;
    expect(got).toEqual({ code: 2, stdout: '', stderr: `lexel: ${text} See lexel --help.\n` });
  });

  test.each([
    [{ digitShare: 2 }, 'config: digitShare must be a number from 0 to 1, got 2.'],
    [{ digitShare: '0.5' }, 'config: digitShare must be a number from 0 to 1, got "0.5".'],
  ])('a configuration file with %j is refused', async (settings, text) => {
    writeFileSync(at('bad.json'), JSON.stringify(settings));
    const got = await lexel(['train', '--print-config', '--config', at('bad.json')]);
    expect(got).toMatchObject({ code: 2, stdout: '' });
    expect(got.stderr).toContain(text);
  });

  test('a missing folder ends the run before it begins', async () => {
    const got = await lexel(['train', '--font-folder', missing, '--out', at('run'), '--steps', '2', '--workers', '1']);
    expect(got.stderr).toContain(`lexel: Cannot read the font folder ${missing}: ENOENT`);
    expect(got.code).toBe(2);
    expect(existsSync(at('run'))).toBe(false);
  });

  test('words to train and to validate on are drawn so', async () => {
    await using device = await Device.create();
    const io: Io = {
      out: () => {},
      err: () => {},
      errIsTerminal: false,
      stdin: Readable.from([]),
      stdinIsTerminal: false,
    };
    const words = async (changes: Parameters<typeof runConfig>[1]) => {
      const config = runConfig('word-small', { validationWords: 16, ...changes });
      const session = createSession(device, config);
      const data = await openData(config, session, { workers: 1 }, io);
      try {
        return [await data.source.batch(0, 16), data.validation.generated];
      } finally {
        await data.close();
        session.dispose();
      }
    };
    const numbers = await words({ digitShare: 1 });
    const drawn = await words({ digitShare: 1, fontFolder: fonts });
    for (const [i, set] of drawn.entries()) {
      expect(set.labels.filter((label) => !/^[1-9]\d*(TH)?$/.test(label))).toEqual([]);
      expect(set.labels).toEqual(numbers[i].labels);
      expect(set.images).not.toEqual(numbers[i].images);
    }
  });
});
