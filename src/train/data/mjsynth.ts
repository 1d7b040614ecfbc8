import { open, readFile } from 'node:fs/promises';
import { DataError } from './errors.ts';
import { Random } from './synth/random.ts';

/** One line of a MJSynth list (`./3000/7/182_slinking_71711.jpg 71711`). */
export interface MjsynthRow {
  readonly line: number;
  /** As in the list, without its leading `./`. */
  readonly file: string;
  /** The word in the file's name, upper-cased. */
  readonly label: string;
  /** Line of the word in the lexicon, from 0. */
  readonly lexicon: number;
}

export interface SampleOptions {
  /** Rows wanted. */
  readonly count: number;
  readonly minLength: number;
  readonly maxLength: number;
  /** `first`: the first rows that fit, in order; `random`: any `count` of all that fit, in order of the list. */
  readonly pick: 'first' | 'random';
  readonly seed: number;
  /** Called now and then with the share of the file that was read, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface MjsynthSample {
  readonly rows: MjsynthRow[];
  /** Lines read; with `pick: 'first'` reading ends when there are enough. */
  readonly lines: number;
  /** Lines whose word has another length. */
  readonly otherLength: number;
  /** Lines that are none of the format: the first 1,000 of them. */
  readonly malformed: { readonly line: number; readonly text: string }[];
  /** All lines that are none of the format. */
  readonly malformedCount: number;
}

const CHUNK = 4 * 1024 * 1024;
/** Longest line taken: a path of 4,096 bytes and its number. A "line" beyond it means the file is no list. */
const MAX_LINE = 8192;
/** Malformed lines kept to be shown; a file that is no list must not fill the memory. */
const MAX_MALFORMED = 1000;

/** Calls `onLine` with the bytes of each line, without its line end; stops where that returns false. */
async function eachLine(
  path: string,
  onLine: (bytes: Buffer, start: number, end: number) => boolean,
  onProgress?: (share: number) => void,
): Promise<void> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new DataError('BAD_LABELS', `Cannot read the label list ${path}.`, { cause });
  });
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(CHUNK + MAX_LINE);
    let kept = 0;
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, kept, CHUNK, position);
      position += bytesRead;
      const filled = kept + bytesRead;
      let start = 0;
      for (;;) {
        let end = buffer.indexOf(10, start);
        if (end >= filled || end < 0) {
          if (bytesRead > 0 || start >= filled) break;
          end = filled;
        }
        const stop = end > start && buffer[end - 1] === 13 ? end - 1 : end;
        if (!onLine(buffer, start, stop)) return;
        start = end + 1;
        if (start >= filled) break;
      }
      if (bytesRead === 0) return;
      kept = Math.max(0, filled - start);
      if (kept > MAX_LINE)
        throw new DataError(
          'BAD_LABELS',
          `${path}: a line of more than ${MAX_LINE} bytes; this is no list of MJSynth.`,
        );
      buffer.copy(buffer, 0, start, filled);
      onProgress?.(size > 0 ? Math.min(1, position / size) : 1);
    }
  } finally {
    await file.close();
  }
}

const SLASH = 47;
const UNDERSCORE = 95;
const SPACE = 32;

/** Where the word stands in a line's bytes: `[start, end)`, and where the path and the lexicon number part. */
function wordIn(b: Buffer, start: number, end: number): { from: number; to: number; space: number } | undefined {
  const space = b.lastIndexOf(SPACE, end - 1);
  if (space <= start || space === end - 1) return undefined;
  for (let i = space + 1; i < end; i++) if (b[i] < 48 || b[i] > 57) return undefined;
  let to = -1;
  let from = -1;
  for (let i = space - 1; i >= start && b[i] !== SLASH; i--) {
    if (b[i] !== UNDERSCORE) continue;
    if (to < 0) to = i;
    from = i + 1;
  }
  // Two underscores at least: <n>_<WORD>_<index>.jpg.
  return from > 0 && to > from ? { from, to, space } : undefined;
}

/**
 * Picks rows of a list of MJSynth in one pass: the file is streamed, memory holds the picked rows alone. Words are
 * taken from the file names; their length is counted in characters.
 * @throws DataError BAD_LABELS where the list cannot be read or is none
 */
export async function sampleMjsynth(path: string, options: SampleOptions): Promise<MjsynthSample> {
  const { count, minLength, maxLength, pick } = options;
  const rows: MjsynthRow[] = [];
  const malformed: { line: number; text: string }[] = [];
  const random = new Random(options.seed);
  let line = 0;
  let fitting = 0;
  let otherLength = 0;
  let malformedCount = 0;
  await eachLine(
    path,
    (bytes, start, end) => {
      if (pick === 'first' && rows.length >= count) return false;
      line++;
      const word = wordIn(bytes, start, end);
      if (!word) {
        malformedCount++;
        if (malformed.length < MAX_MALFORMED)
          malformed.push({ line, text: bytes.toString('utf8', start, Math.min(end, start + 80)) });
        return true;
      }
      // In ASCII, as all of MJSynth is, bytes are characters; only what is not is decoded to be counted.
      let length = word.to - word.from;
      for (let i = word.from; i < word.to; i++)
        if (bytes[i] > 127) {
          length = [...bytes.toString('utf8', word.from, word.to)].length;
          break;
        }
      if (length < minLength || length > maxLength) {
        otherLength++;
        return true;
      }
      fitting++;
      // Reservoir sampling (Vitter's R): each of the rows so far is kept with equal probability.
      const at = rows.length < count ? rows.length : random.int(fitting);
      if (at < count) rows[at] = rowOf(bytes, start, end, word, line);
      return true;
    },
    options.onProgress,
  );
  if (pick === 'random') rows.sort((a, b) => a.line - b.line);
  return { rows, lines: line, otherLength, malformed, malformedCount };
}

function rowOf(
  bytes: Buffer,
  start: number,
  end: number,
  word: { from: number; to: number; space: number },
  line: number,
): MjsynthRow {
  const from = bytes[start] === 46 && bytes[start + 1] === SLASH ? start + 2 : start;
  return {
    line,
    file: bytes.toString('utf8', from, word.space),
    label: bytes.toString('utf8', word.from, word.to).toUpperCase(),
    lexicon: Number(bytes.toString('latin1', word.space + 1, end)),
  };
}

/** The words of `lexicon.txt`, upper-cased, by line; undefined where there is no such file. */
export async function readLexicon(path: string): Promise<string[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError('BAD_LABELS', `Cannot read the lexicon ${path}.`, { cause });
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((word) => word.trim().toUpperCase());
}
