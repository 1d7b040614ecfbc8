import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createRenderer,
  DataError,
  FontLibrary,
  isHoldout,
  Random,
  renderWord,
  SynthStream,
  synthSetup,
} from '../../../src/train/data/index.ts';
import { folderFamilies } from '../../../src/train/data/synth/font-folder.ts';

const SIZE = { width: 128, height: 32 };
const packages = resolve(import.meta.dirname, '../../../node_modules/@fontsource');
const home = mkdtempSync(join(tmpdir(), 'lexel-fonts-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A font file of an installed package. */
const fontOf = (family: string) => join(packages, family, 'files', `${family}-latin-400-normal.woff2`);

/** A new folder with these files: each a copy of a font, or a text where `from` is none. */
function folderOf(files: readonly string[], from: string | null = 'abel'): string {
  const folder = mkdtempSync(join(home, 'f-'));
  for (const file of files) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (from === null) writeFileSync(path, 'no font');
    else copyFileSync(fontOf(from), path);
  }
  return folder;
}

function thrownBy(body: () => unknown): DataError {
  try {
    body();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const namesOf = (library: FontLibrary) => library.families.map((faces) => faces[0]?.family ?? '');

describe('folderFamilies', () => {
  it('takes each folder as a family of that name, with the files below it, all in order', () => {
    const folder = folderOf(['zeta/z-400-normal.woff2', 'alpha/static/deep/b.otf', 'alpha/a.ttf', 'Mid/m.woff']);
    const families = folderFamilies(folder);
    expect([...families.keys()]).toEqual(['Mid', 'alpha', 'zeta']);
    const files = [...families.values()].flat().map(({ family, file }) => [family, file]);
    expect(files).toEqual([
      ['Mid', join(folder, 'Mid', 'm.woff')],
      ['alpha', join(folder, 'alpha', 'a.ttf')],
      ['alpha', join(folder, 'alpha', 'static', 'deep', 'b.otf')],
      ['zeta', join(folder, 'zeta', 'z-400-normal.woff2')],
    ]);
  });

  it('takes font files of the folder itself as families of one face, after the folders', () => {
    const folder = folderOf(['Lone-Bold.ttf', 'both.ttf', 'both/x.ttf', 'both.woff2', 'a.otf']);
    const families = folderFamilies(folder);
    expect([...families].map(([name, faces]) => [name, faces.map((face) => face.file)])).toEqual([
      ['Lone-Bold', [join(folder, 'Lone-Bold.ttf')]],
      ['a', [join(folder, 'a.otf')]],
      ['both', [join(folder, 'both', 'x.ttf')]],
    ]);
    expect(families.get('Lone-Bold')).toMatchObject([{ family: 'Lone-Bold', weight: 700, italic: false }]);
  });

  it.each<[name: string, weight: number, italic: boolean]>([
    ['x-latin-700-italic.woff2', 700, true],
    ['x-latin-300-normal.woff2', 300, false],
    ['x_900_italic.woff', 900, true],
    ['roboto-v30-latin-700italic.woff2', 700, true],
    ['Roboto Bold.ttf', 700, false],
    ['200-normal.otf', 200, false],
    ['Lato-BoldItalic.ttf', 700, true],
    ['Lato-Bold-Italic.ttf', 700, true],
    ['Lato-Extra-Bold.ttf', 800, false],
    ['Fira-Sans-Semi-Bold.ttf', 600, false],
    ['Lato-Italic.ttf', 400, true],
    ['Lato-LightOblique.ttf', 300, true],
    ['Lato-Thin.ttf', 100, false],
    ['Lato-Hairline.ttf', 100, false],
    ['Lato-ExtraLight.ttf', 200, false],
    ['Lato-UltraLightItalic.ttf', 200, true],
    ['Lato-Light.ttf', 300, false],
    ['Lato-Medium.ttf', 500, false],
    ['Lato-SemiBold.ttf', 600, false],
    ['Lato-demibold.ttf', 600, false],
    ['Lato-Bold.OTF', 700, false],
    ['Lato-ExtraBold.ttf', 800, false],
    ['Lato-UltraBold.ttf', 800, false],
    ['Lato-BlackItalic.ttf', 900, true],
    ['Lato-Heavy.ttf', 900, false],
    // A family's own name is no weight.
    ['BlackOpsOne-Regular.ttf', 400, false],
    ['BlackOpsOne.ttf', 400, false],
    ['Light-House.ttf', 400, false],
    ['rubik-80s-fade-latin-400-normal.woff2', 400, false],
    ['Exo2000-Regular.ttf', 400, false],
    ['plain.ttf', 400, false],
  ])('%s is of weight %i, italic: %s', (name, weight, italic) => {
    const folder = folderOf([join('family', name)]);
    expect(folderFamilies(folder).get('family')).toEqual([
      { family: 'family', file: join(folder, 'family', name), weight, italic },
    ]);
  });

  it('follows links, and leaves out what begins with a dot', () => {
    const elsewhere = folderOf(['linked/a.ttf', 'one.ttf']);
    const folder = folderOf(['.abel.1234/a.ttf', 'f/._a.ttf', 'f/b.ttf', '.c.ttf']);
    symlinkSync(join(elsewhere, 'linked'), join(folder, 'linked'));
    symlinkSync(join(elsewhere, 'one.ttf'), join(folder, 'one.ttf'));
    symlinkSync(join(elsewhere, 'gone.ttf'), join(folder, 'gone.ttf'));
    // Would be followed for ever.
    symlinkSync(join(folder, 'f'), join(folder, 'f', 'again'));
    const files = [...folderFamilies(folder).values()].flat().map(({ file }) => file.slice(folder.length + 1));
    expect(files).toEqual([join('f', 'b.ttf'), join('linked', 'a.ttf'), 'one.ttf']);
  });

  it('leaves other files out, and folders without a font', () => {
    const folder = folderOf(['f/a.ttf', 'f/LICENSE', 'f/a.eot', 'f/a.ttf.txt', 'notes/readme.md', 'ttf', 'x.css']);
    mkdirSync(join(folder, 'f', 'folder.ttf'));
    mkdirSync(join(folder, 'bare'));
    const families = folderFamilies(folder);
    expect([...families.keys()]).toEqual(['f']);
    expect(families.get('f')?.map((face) => face.file)).toEqual([join(folder, 'f', 'a.ttf')]);
  });

  it('says that there is no folder', () => {
    const gone = join(home, 'gone');
    const error = thrownBy(() => folderFamilies(gone));
    expect(error.code).toBe('NO_FONTS');
    expect(error.message).toBe(
      `Cannot read the font folder ${gone}: ENOENT: no such file or directory, scandir '${gone}'`,
    );
    const file = fontOf('abel');
    expect(thrownBy(() => folderFamilies(file)).message).toContain(`Cannot read the font folder ${file}: ENOTDIR`);
  });

  it('says that no file of the folder is a font', () => {
    const empty = folderOf(['f/readme.md'], null);
    const error = thrownBy(() => folderFamilies(empty));
    expect(error.code).toBe('NO_FONTS');
    expect(error.message).toBe(`The font folder ${empty} holds no font file (.woff2, .woff, .ttf, .otf).`);
  });
});

describe('FontLibrary with a folder', () => {
  const many = Array.from({ length: 60 }, (_, i) => `family-${i}`);

  it('splits it as the listed families are split, by the names', () => {
    const folder = folderOf(many.map((name) => join(name, 'a.woff2')));
    const names = (split: 'train' | 'holdout' | 'all') => namesOf(new FontLibrary(split, [], undefined, folder));
    const [train, holdout] = [names('train'), names('holdout')];
    expect(holdout.length).toBeGreaterThan(0);
    expect(holdout).toEqual([...many].sort().filter(isHoldout));
    expect(train).toEqual([...many].sort().filter((name) => !isHoldout(name)));
    expect([...train, ...holdout].sort()).toEqual(names('all'));
  });

  it('adds to the listed families, and nothing of a family that is listed', () => {
    const folder = folderOf(['lobster/x.woff2', 'abel/x.woff2', 'new/x.woff2']);
    const library = new FontLibrary('all', ['lobster', 'not-installed'], undefined, folder);
    expect(namesOf(library)).toEqual(['lobster', 'abel', 'new']);
    expect(library.families[0]?.map((face) => face.file)).toEqual([expect.stringContaining('lobster-latin-400')]);
    // Of the list that ships, too: its family stays where its package's is.
    const whole = new FontLibrary('all', undefined, undefined, folder);
    expect(namesOf(whole)).toEqual([...namesOf(new FontLibrary('all')), 'new']);
  });

  it('lets nothing of a listed family that belongs to the other split slip in', () => {
    const folder = folderOf(['held/x.woff2', 'free/x.woff2']);
    const library = new FontLibrary('train', ['held'], (name) => name === 'held', folder);
    expect(namesOf(library)).toEqual(['free']);
  });

  it('draws with its files and no others', () => {
    const lone = mkdtempSync(join(home, 'f-'));
    mkdirSync(join(lone, 'by-folder'));
    copyFileSync(fontOf('lobster'), join(lone, 'by-folder', 'any-name.ttf'));
    const own = new FontLibrary('all', [], undefined, lone);
    const files = Array.from({ length: 20 }, (_, i) => own.pick(new Random(1, i)).file);
    expect(new Set(files)).toEqual(new Set([join(lone, 'by-folder', 'any-name.ttf')]));
    const draw = (fonts: FontLibrary, index: number) => renderWord({ word: 'Engine', seed: 3, index, fonts }).grey;
    const packaged = new FontLibrary('all', ['lobster']);
    const other = new FontLibrary('all', ['press-start-2p']);
    for (let index = 0; index < 8; index++) {
      expect(draw(own, index)).toEqual(draw(packaged, index));
      expect(draw(own, index)).not.toEqual(draw(other, index));
    }
  });

  it('says which of its files is no font', () => {
    const folder = folderOf(['f/broken.ttf'], null);
    const fonts = new FontLibrary('all', [], undefined, folder);
    const error = thrownBy(() => renderWord({ word: 'Engine', seed: 1, fonts }));
    expect(error.code).toBe('NO_FONTS');
    expect(error.message).toContain(join(folder, 'f', 'broken.ttf'));
  });
});

describe('words with a font folder', () => {
  const folder = folderOf(
    Array.from({ length: 40 }, (_, i) => join(`more-${i}`, 'a.woff2')),
    'press-start-2p',
  );
  const options = { seed: 6, ...SIZE };

  it('have other pixels and the same labels', async () => {
    const plain = await createRenderer(synthSetup(options));
    const more = await createRenderer(synthSetup({ ...options, fontFolder: folder }));
    const [a, b] = [plain.batch(0, 40), more.batch(0, 40)];
    expect(b.labels).toEqual(a.labels);
    expect(Buffer.compare(a.images, b.images)).not.toBe(0);
  });

  it('are the same from the processes that draw ahead', async () => {
    const asked = { ...options, fontFolder: folder, digitShare: 0.5 };
    const stream = new SynthStream({ ...asked, workers: 1, aheadBatches: 0 });
    try {
      const got = await stream.batch(3, 8);
      const want = (await createRenderer(synthSetup(asked))).batch(3, 8);
      expect(got.labels).toEqual(want.labels);
      expect(Buffer.compare(got.images, want.images)).toBe(0);
    } finally {
      await stream.close();
    }
  });

  it('are refused without the folder, and lines with one', async () => {
    const gone = join(home, 'gone');
    await expect(createRenderer(synthSetup({ ...options, fontFolder: gone }))).rejects.toMatchObject({
      code: 'NO_FONTS',
    });
    const error = thrownBy(() => synthSetup({ ...options, lines: true, fontFolder: folder }));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toBe('SynthStream: fontFolder is for words; lines have typefaces of their own.');
    expect(synthSetup({ ...options, lines: true }).fontFolder).toBeUndefined();
  });
});

describe('digitShare', () => {
  const labels = async (digitShare: number) => {
    const renderer = await createRenderer(synthSetup({ seed: 8, ...SIZE, digitShare }));
    return Array.from({ length: 60 }, (_, i) => renderer.sample(i).label);
  };

  it('1 gives numbers and ordinals only, 0 none', async () => {
    const [all, none] = [await labels(1), await labels(0)];
    expect(all.filter((label) => !/^[1-9]\d*(TH)?$/.test(label))).toEqual([]);
    expect(none.filter((label) => !/^[A-Z]+$/.test(label))).toEqual([]);
  });

  it.each([-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (digitShare) => {
    const error = thrownBy(() => synthSetup({ seed: 1, ...SIZE, digitShare }));
    expect(error.code).toBe('BAD_OPTION');
    expect(error.message).toBe(`SynthStream: digitShare is a number from 0 to 1, got ${digitShare}.`);
  });
});

it('draws a sample the same whatever was drawn before, also where two files of a family are of one weight', async () => {
  const folder = folderOf(['F/F-Condensed.ttf']);
  copyFileSync(fontOf('press-start-2p'), join(folder, 'F', 'F-Regular.ttf'));
  const fonts = new FontLibrary('all', [], undefined, folder);
  const draw = (index: number) => renderWord({ word: 'MINIMUM', seed: 5, index, fonts });
  const indexes = Array.from({ length: 12 }, (_, i) => i);
  const forward = indexes.map(draw);
  const backward = indexes.toReversed().map(draw).toReversed();
  expect(backward.map(({ grey }) => grey)).toEqual(forward.map(({ grey }) => grey));
  // Both typefaces were met: one is twice as wide as the other.
  const widths = forward.map(({ width, height }) => width / height);
  expect(Math.max(...widths)).toBeGreaterThan(1.5 * Math.min(...widths));
});

it.each(['F, G', 'F[wdth,wght]', "O'F", 'F (1)', '日本'])('draws with a family called %s', (family) => {
  const named = (name: string) => {
    const folder = folderOf([join(name, `${name}.woff2`)], 'press-start-2p');
    const fonts = new FontLibrary('all', [], undefined, folder);
    return renderWord({ word: 'MINIMUM', seed: 5, index: 1, fonts }).grey;
  };
  expect(named(family)).toEqual(named('plain'));
});
