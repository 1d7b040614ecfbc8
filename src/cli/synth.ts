import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ArgumentError, ImageError } from '../gpu/errors.ts';
import { decodeImage, type GreyImage } from '../ocr/image/index.ts';
import type { fitLine as FitLine, Renderer, SynthSample } from '../train/data/index.ts';
import { type CommandContext, decimal, integer } from './command.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

export interface SynthOptions {
  readonly preview?: string;
  readonly stats?: string;
  readonly out?: string;
  readonly count?: number;
  readonly columns?: number;
  readonly seed: number;
  readonly fonts: 'train' | 'holdout' | 'all';
  readonly fontFolder?: string;
  readonly words?: string;
  readonly digitShare?: number;
  readonly lines?: boolean;
  readonly layout: 'labels' | 'mjsynth';
}

/** Words drawn where --count is not given. */
const COUNT = { preview: 80, stats: 800, out: 1000 } as const;

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('synth')
    .description('draw words to learn from: a contact sheet, a folder of pictures, or their statistics')
    .option('--preview <sheet.png>', 'draw a contact sheet')
    .option('--out <folder>', 'write pictures and labels.tsv to a new folder')
    .option('--stats <folder|labels.tsv>', 'compare with real crops, figure by figure')
    .option('--words <file>', 'draw these words, one a line, upper-cased, instead of English ones')
    .option('--digit-share <share>', 'share of words made of digits (default 0.001, with --words 0)', decimal(0, 1))
    .option('--lines', 'lines of text instead of words')
    .option(
      '--count <n>',
      'how many words (80 for a sheet, 1000 for a folder, 800 for statistics)',
      integer(1, 10_000_000),
    )
    .option('--columns <n>', 'words a row of the sheet (default 8, of lines 2)', integer(1, 100))
    .option('--seed <n>', 'which words', integer(0, 0xffffffff), 1)
    .addOption(
      new Option(
        '--layout <kind>',
        'of --out: labels.tsv, or the lists of MJSynth with a tenth more to validate and to test',
      )
        .choices(['labels', 'mjsynth'])
        .default('labels'),
    )
    .addOption(new Option('--fonts <set>', 'which font families').choices(['train', 'holdout', 'all']).default('train'))
    .option(
      '--font-folder <dir>',
      'more typefaces for words: a folder a family (in a checkout, `npm run fonts` fills one)',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ lexel synth --preview sheet.png
  $ lexel synth --lines --preview lines.png
  $ lexel synth --out words --count 10000 --seed 7
  $ lexel synth --out mine --words names.txt --font-folder fonts
  $ lexel synth --out mini --layout mjsynth --count 2000
  $ lexel synth --stats ../shared/data/mjsynth-val/labels.tsv`,
    )
    .action(async (options: SynthOptions) => finish(await runSynth(options, io)));
}

/** Words 0 to `count - 1` of the seed, at natural size, with a progress line where there is a terminal. */
function* draw(renderer: Renderer, count: number, io: Io): Generator<SynthSample> {
  for (let i = 0; i < count; i++) {
    yield renderer.sample(i);
    if (io.errIsTerminal && (i % 100 === 99 || i + 1 === count)) io.err(`\r${i + 1} of ${count} words`);
  }
  if (io.errIsTerminal) io.err('\n');
}

/**
 * Draws words.
 * @throws ArgumentError where nothing was asked for or a folder is in the way; DataError of the generator
 */
export async function runSynth(options: SynthOptions, io: Io): Promise<ExitCode> {
  const { preview, stats, out } = options;
  if (preview === undefined && stats === undefined && out === undefined)
    throw new ArgumentError('synth: expected --preview, --out or --stats, got none', {
      hint: 'Try: lexel synth --preview sheet.png.',
    });
  // What cannot be written or read is said before anything is drawn.
  if (out !== undefined) await checkNew(out);
  const real = stats === undefined ? undefined : await loadReal(stats, io);
  const data = await import('../train/data/index.ts');
  const { seed, fonts, fontFolder, words, digitShare, lines = false } = options;
  const setup = data.synthSetup({
    seed,
    width: lines ? 1024 : 128,
    height: 32,
    fonts,
    fontFolder,
    words,
    digitShare,
    lines,
  });
  if (words !== undefined) await (await import('./train-data.ts')).toldWords(setup, io);
  const renderer = await data.createRenderer(setup);
  if (preview !== undefined) {
    const samples = [...draw(renderer, options.count ?? COUNT.preview, io)];
    const shown = lines ? samples.map((s) => asRead(data.fitLine, s, setup)) : samples;
    await writeWhole(preview, data.contactSheet(shown, options.columns ?? (lines ? 2 : 8)));
    io.err(`lexel: ${samples.length} words in ${preview}\n`);
  }
  if (real !== undefined) {
    const drawn = data.statsTable(draw(renderer, options.count ?? COUNT.stats, io));
    io.out(`${data.formatStats({ real: data.statsTable(real), drawn })}\n`);
  }
  if (out === undefined) return 0;
  const count = options.count ?? COUNT.out;
  if (options.layout === 'labels') await writeFolder(out, draw(renderer, count, io), io, !lines);
  else {
    const { heldOut, writeMjsynth } = await import('./synth-mjsynth.ts');
    const written = await writeMjsynth(out, draw(renderer, count + 2 * heldOut(count), io), count);
    io.err(`lexel: ${written.train} + ${written.val} + ${written.test} words in ${out}\n`);
  }
  return 0;
}

/** A line at the height at which it is read: on their pages lines have all sizes. */
function asRead(
  fitLine: typeof FitLine,
  { grey, width, height }: SynthSample,
  setup: { width: number; height: number },
): GreyImage {
  const fitted = fitLine(grey, width, height, setup.height, setup.width);
  return { width: fitted.width, height: setup.height, grey: fitted.grey };
}

async function checkNew(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ArgumentError(`synth: --out ${folder}: expected a folder, got something else (${error.code})`, {
      hint: 'Name a new folder.',
      cause: error,
    });
  });
  if (entries.length > 0)
    throw new ArgumentError(`synth: --out ${folder}: expected a new folder, got one with ${entries.length} entries`, {
      hint: 'Name another, or remove it first.',
    });
}

/** Writes beside the target and renames, so that a kill leaves the old file or the new one. */
async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Pictures in folders of 1,000, then labels.tsv; the folder appears under its name when all is written.
 * @param named whether file names carry the label, as words' do; a line may hold what no file name can.
 */
async function writeFolder(folder: string, samples: Iterable<SynthSample>, io: Io, named: boolean): Promise<void> {
  const { greyPng } = await import('./png.ts');
  const target = resolve(folder);
  const temporary = `${target}.${process.pid}.tmp`;
  const rows: string[] = [];
  await mkdir(dirname(target), { recursive: true });
  try {
    for (const sample of samples) {
      const group = join('img', String(Math.floor(rows.length / 1000)).padStart(4, '0'));
      if (rows.length % 1000 === 0) await mkdir(join(temporary, group), { recursive: true });
      const file = join(
        group,
        `${String(rows.length).padStart(7, '0')}${named ? `_${sample.drawn ?? sample.label}` : ''}.png`,
      );
      await writeFile(join(temporary, file), greyPng(sample));
      rows.push(`${file.replaceAll('\\', '/')}\t${sample.label}\n`);
    }
    await writeFile(join(temporary, 'labels.tsv'), rows.join(''));
    // An empty folder of that name may be there already.
    await rename(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  io.err(`lexel: ${rows.length} words in ${folder}\n`);
}

/** Real crops: those of a label list, or every picture of a folder. What cannot be read is said and left out. */
async function loadReal(path: string, io: Io): Promise<GreyImage[]> {
  const images: GreyImage[] = [];
  let failed = 0;
  for (const file of await realFiles(path)) {
    try {
      images.push(await decodeImage(await readFile(file), { name: file }));
    } catch (error) {
      failed++;
      if (failed === 1) io.err(`lexel: left out: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (failed > 1) io.err(`lexel: left out ${failed} pictures in all\n`);
  if (images.length === 0)
    throw new ImageError(`synth: --stats ${path}: expected pictures, got none that can be read`, {
      hint: 'Name a folder of PNG or JPEG crops, or its labels.tsv.',
    });
  return images;
}

async function realFiles(path: string): Promise<string[]> {
  if (/\.(tsv|csv)$/i.test(path)) {
    const { readLabels } = await import('../train/data/index.ts');
    const { rows } = await readLabels(path);
    return rows.map(({ file }) => (isAbsolute(file) ? file : join(dirname(path), file)));
  }
  const entries = await readdir(path, { recursive: true });
  return entries.filter((name) => /\.(png|jpe?g)$/i.test(name)).map((name) => join(path, name));
}
