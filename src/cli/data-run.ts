import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { ArgumentError } from '../gpu/index.ts';
import { Alphabet } from '../nn/index.ts';
import {
  alignable,
  csvLine,
  type LabelRow,
  type MjsynthSample,
  PackWriter,
  type Remark,
  readLexicon,
  type SkippedRow,
  sampleMjsynth,
} from '../train/data/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { openSet, type Split } from './dataset.ts';
import type { Io } from './io.ts';
import { eachPicture, type Pictured } from './pictures.ts';
import type { ExitCode } from './report.ts';
import { checkStrict, countKinds, countSkipped, reportRemarks, reportSkipped, type Unlisted } from './skipped.ts';

interface SetFlags {
  out: string;
  alphabet: string;
  timeSteps: number;
  pack?: boolean;
  strict?: boolean;
  /** Write the CSV too, which names files; the default. */
  list?: boolean;
}

export interface MjsynthFlags extends SetFlags {
  train: number;
  val: number;
  test: number;
  minLength: number;
  maxLength: number;
  pick: 'first' | 'random';
  seed: number;
}

export interface ImportFlags extends SetFlags {
  as: Split;
}

/** What report.json says of one list. */
export interface ListReport {
  readonly source: string;
  /** Rows written. */
  readonly rows: number;
  /** Rows left out, by kind: all of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** The same with line and reason; of malformed lines the first 1,000. */
  readonly skipped: readonly SkippedRow[];
  readonly remarks: readonly Remark[];
  /** Of a MJSynth list: lines read, and those whose word has another length. */
  readonly lines?: number;
  readonly otherLength?: number;
}

const HEADER = ['ImageName', 'Label', 'Height', 'Width'];

/** Runs `lexel data mjsynth`. @throws ArgumentError, DataError, and with --strict FormatError */
export async function mjsynth(folder: string, flags: MjsynthFlags, io: Io): Promise<ExitCode> {
  if (flags.minLength > flags.maxLength)
    throw new ArgumentError(`data mjsynth: --min-length ${flags.minLength} is above --max-length ${flags.maxLength}`, {
      hint: 'Swap them.',
    });
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new ArgumentError(`data mjsynth: expected a folder, got ${folder}`, {
      hint: 'Name the one that holds annotation_train.txt.',
    });
  mkdirSync(flags.out, { recursive: true });
  const lexicon = await readLexicon(join(folder, 'lexicon.txt'));
  if (!lexicon) io.err(`lexel: ${folder} has no lexicon.txt; labels are not compared with it\n`);
  const reports: Record<string, ListReport> = {};
  for (const split of ['train', 'val', 'test'] as const) {
    if (flags[split] === 0) continue;
    const source = join(folder, `annotation_${split}.txt`);
    const sample = await sampleMjsynth(source, {
      ...flags,
      count: flags[split],
      onProgress: io.errIsTerminal ? (share) => io.err(`\r${source}: ${Math.round(100 * share)} % `) : undefined,
    });
    if (sample.rows.length < flags[split])
      io.err(`lexel: ${source} has ${sample.rows.length} rows that fit; ${flags[split]} were wanted\n`);
    const { rows, skipped, unlisted } = checkedRows(sample, lexicon);
    const left = { skipped, unlisted };
    reports[split] = {
      ...(await writeList(source, split, rows, left, (good) => eachPicture(good, folder), folder, flags, io)),
      lines: sample.lines,
      otherLength: sample.otherLength,
    };
  }
  writeReport(flags.out, reports);
  return 0;
}

/** Rows whose label the lexicon confirms and that stand once; the others, and malformed lines, are skipped. */
function checkedRows(sample: MjsynthSample, lexicon: readonly string[] | undefined) {
  const skipped: SkippedRow[] = sample.malformed.map(({ line, text }) => ({
    line,
    kind: 'malformed',
    reason: `expected "path number", got ${JSON.stringify(text)}`,
  }));
  const seen = new Map<string, number>();
  const rows = sample.rows.filter((row) => {
    const { file, label, line } = row;
    const before = seen.get(file);
    const word = lexicon?.[row.lexicon];
    if (before !== undefined)
      skipped.push({ line, kind: 'duplicate', reason: `${file} stands on line ${before} already`, file });
    else if (lexicon && word !== label) {
      const reason = `${file}: the lexicon has ${JSON.stringify(word ?? 'no such line')} on line ${row.lexicon}`;
      skipped.push({ line, kind: 'wrong label', reason, file });
    } else {
      seen.set(file, line);
      return true;
    }
    return false;
  });
  const unlisted: Unlisted = { malformed: sample.malformedCount - sample.malformed.length };
  return { rows, skipped, unlisted };
}

/** Runs `lexel data import`. @throws DataError, FormatError */
export async function importList(list: string, flags: ImportFlags, io: Io): Promise<ExitCode> {
  const set = await openSet(list, flags.as);
  try {
    mkdirSync(flags.out, { recursive: true });
    if (resolve(set.list) === resolve(flags.out, `${flags.as}.csv`))
      throw new ArgumentError(`data import: --out ${flags.out} would replace the list itself`, {
        hint: 'Name another folder.',
      });
    const report = await writeList(
      set.list,
      flags.as,
      set.rows,
      { skipped: [...set.skipped], unlisted: {} },
      (rows) => set.pictures(rows),
      dirname(set.list),
      // Pictures without files of their own can only be packed.
      { ...flags, pack: flags.pack || set.inside, list: !set.inside },
      io,
    );
    writeReport(flags.out, { ...oldReport(flags.out), [flags.as]: { ...report, remarks: set.remarks } });
    reportRemarks(set.list, set.remarks, io);
    return 0;
  } finally {
    await set.close();
  }
}

/** Decodes every picture, and writes `<split>.csv` and perhaps `<split>.pack` of those that are whole. */
async function writeList<R extends LabelRow>(
  source: string,
  split: Split,
  rows: readonly R[],
  { skipped, unlisted }: { skipped: SkippedRow[]; unlisted: Unlisted },
  pictures: (rows: readonly R[]) => AsyncIterable<Pictured<LabelRow>>,
  folder: string,
  flags: SetFlags,
  io: Io,
): Promise<ListReport> {
  const alphabet = new Alphabet(flags.alphabet);
  const good = rows.filter(({ label, line, file }) => {
    const fit = alignable(alphabet.normalise(label), flags.timeSteps, alphabet.text);
    if (!fit.ok) skipped.push({ line, kind: fit.kind, reason: fit.reason, file });
    return fit.ok;
  });
  const csv = join(flags.out, `${split}.csv`);
  const lines = [csvLine(HEADER)];
  const pack = flags.pack ? await PackWriter.create(join(flags.out, `${split}.pack`)) : undefined;
  try {
    let done = 0;
    for await (const got of pictures(good)) {
      done++;
      if (io.errIsTerminal && (done % 500 === 0 || done === good.length))
        io.err(`\r${split}: ${done} of ${good.length} pictures`);
      if ('bad' in got) {
        skipped.push(got.bad);
        continue;
      }
      const { row, image } = got;
      const name =
        isAbsolute(row.file) || flags.list === false
          ? row.file
          : relative(flags.out, join(folder, row.file)).replaceAll('\\', '/');
      lines.push(csvLine([name, row.label, image.height, image.width]));
      await pack?.add(name, row.label, image);
    }
    if (io.errIsTerminal) io.err('\n');
    skipped.sort((a, b) => a.line - b.line);
    reportSkipped(source, skipped, io, unlisted);
    if (flags.strict) checkStrict(source, skipped, unlisted);
    if (flags.list !== false) writeAtomically(csv, lines.join(''));
    await pack?.finish({ source: split });
  } catch (error) {
    await pack?.abandon();
    throw error;
  }
  const written = lines.length - 1;
  io.out(`${flags.list === false ? pack?.path : csv}: ${written} rows, ${countSkipped(skipped, unlisted)} left out\n`);
  return { source, rows: written, counts: Object.fromEntries(countKinds(skipped, unlisted)), skipped, remarks: [] };
}

function writeReport(out: string, lists: Readonly<Record<string, ListReport>>): void {
  writeAtomically(join(out, 'report.json'), `${JSON.stringify({ lists }, null, 2)}\n`);
}

function oldReport(out: string): Record<string, ListReport> {
  try {
    return (JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { lists: Record<string, ListReport> }).lists;
  } catch {
    // The first list of this set.
    return {};
  }
}
