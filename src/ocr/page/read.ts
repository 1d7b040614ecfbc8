import { ArgumentError } from '../../gpu/index.ts';
import type { GreyImage } from '../image/index.ts';
import { type ImageInput, type Region, toGrey } from '../input.ts';
import type { Char, Outcome, ReadManyOptions } from '../types.ts';
import { type Cut, cutOut } from './cut.ts';
import { segmentPage } from './segment.ts';
import type { NoLines, PageBox, PageLine } from './types.ts';

/**
 * How lines are decoded; of a word model, how each word is. A word list takes a word model. `batchSize`: pieces the network takes at once,
 * 16 by default.
 */
export type ReadPageOptions = Omit<ReadManyOptions, 'topK' | 'posteriors'>;

/** One line of a page as it was read. */
export interface LineReading extends PageLine {
  readonly text: string;
  /** Product of its pieces' confidences. */
  readonly confidence: number;
  /** Characters with their boxes on the page; a word model gives none for the spaces between its words. */
  readonly chars: readonly Char[];
}

export interface PageReading {
  /** The lines' texts, joined by line ends. */
  readonly text: string;
  /** In reading order. */
  readonly lines: readonly LineReading[];
  /** How far the page is turned clockwise, in degrees. */
  readonly angle: number;
  /** Why there are no lines: nothing stands out from the paper, or the picture is no page (a photograph of a scene). */
  readonly reason?: NoLines;
  /** Milliseconds by stage. */
  readonly timing: { readonly decodeMs: number; readonly segmentMs: number; readonly readMs: number };
}

/** What reading a page asks of a recogniser. */
export interface PieceReader {
  /** 'line': takes lines, or stretches of them between wide blanks; 'word': takes words, which are joined by spaces. */
  readonly reads: 'word' | 'line';
  readMany(pieces: Iterable<GreyImage>, options: { batchSize?: number; signal?: AbortSignal }): AsyncIterable<Outcome>;
}

/**
 * Finds the lines of a page and reads each.
 * @throws ImageError when the picture cannot be read, ArgumentError for a word list where lines are read whole, AbortedError when the signal
 * fired, DeviceLostError.
 */
export async function readPage(
  reader: PieceReader,
  input: ImageInput,
  options: ReadPageOptions = {},
): Promise<PageReading> {
  if (options.lexicon && reader.reads === 'line')
    throw new ArgumentError('readPage: a lexicon holds words, and this model reads whole lines', {
      hint: "Leave it out, or read word by word: createRecognizer({ pageModel: 'word-small' }).",
    });
  const start = performance.now();
  const page = await toGrey(input, options.signal);
  const decoded = performance.now();
  const layout = segmentPage(page);
  const pieces = layout.lines.flatMap((line, of) =>
    (reader.reads === 'line' ? stretches(line) : line.words).map((box) => ({ of, cut: cutOut(page, box) })),
  );
  const segmented = performance.now();
  const outcomes = await readPieces(reader, pieces, options);
  const lines = layout.lines.map((line, of): LineReading => {
    const own = outcomes.filter((o) => o.of === of);
    return {
      ...line,
      text: own.map((o) => o.text).join(' '),
      confidence: own.reduce((product, o) => product * o.confidence, 1),
      chars: own.flatMap((o) => o.chars),
    };
  });
  return {
    text: lines.map((l) => l.text).join('\n'),
    lines,
    angle: layout.angle,
    ...(layout.reason && { reason: layout.reason }),
    timing: {
      decodeMs: decoded - start,
      segmentMs: segmented - decoded,
      readMs: performance.now() - segmented,
    },
  };
}

/** Blanks longer than this, over the line's height, part what is read at once: between an article and its price, or the cells of a row. */
const WIDEST_BLANK = 2;

/** A line's words in stretches without a wide blank: line models are trained on text without one. */
export function stretches(line: PageLine): PageBox[] {
  const out: PageBox[] = [];
  for (const word of line.words) {
    const last = out[out.length - 1];
    const [from, to, end, start] = word.corners;
    if (!last || from[0] - last.corners[1][0] > WIDEST_BLANK * (start[1] - from[1])) {
      out.push(word);
      continue;
    }
    const { x, y } = last.box;
    const bottom = Math.max(y + last.box.height, word.box.y + word.box.height);
    const top = Math.min(y, word.box.y);
    out[out.length - 1] = {
      corners: [last.corners[0], to, end, last.corners[3]],
      box: { x, y: top, width: word.box.x + word.box.width - x, height: bottom - top },
    };
  }
  return out;
}

interface Piece {
  readonly of: number;
  readonly cut: Cut;
}

interface PieceReading {
  readonly of: number;
  readonly text: string;
  readonly confidence: number;
  readonly chars: readonly Char[];
}

/** Reads pieces of like shape one after another, so that few sizes are recorded; gives them back in their own order. */
async function readPieces(
  reader: PieceReader,
  pieces: readonly Piece[],
  options: ReadPageOptions,
): Promise<PieceReading[]> {
  const aspect = ({ cut }: Piece) => cut.image.width / cut.image.height;
  const order = pieces.map((_, i) => i).sort((a, b) => aspect(pieces[a]) - aspect(pieces[b]));
  const out: PieceReading[] = new Array(pieces.length);
  let at = 0;
  for await (const outcome of reader.readMany(
    order.map((i) => pieces[i].cut.image),
    { ...options, batchSize: options.batchSize ?? 16 },
  )) {
    // A piece comes from a picture that was read, so what fails is no fault of the picture.
    if (outcome.error !== undefined) throw outcome.error;
    const { of, cut } = pieces[order[at]];
    const { text, confidence } = outcome;
    out[order[at++]] = { of, text, confidence, chars: outcome.chars.map((c) => onPage(c, cut)) };
  }
  return out;
}

function onPage(char: Char, { x, y, slope }: Cut): Char {
  const { box } = char;
  const middle = box.x + box.width / 2;
  const moved: Region = { ...box, x: box.x + x, y: box.y + y + middle * slope };
  return { ...char, box: moved };
}
