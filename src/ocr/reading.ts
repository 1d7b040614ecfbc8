import { type Alphabet, alignLabels, ctcRows, type Decoded } from '../nn/index.ts';
import { characterBoxes } from './boxes.ts';
import type { FittedInput } from './fit.ts';
import type { Region } from './input.ts';
import type { Char, CharAlternative, Posteriors, Reading } from './types.ts';

/** The network's output for one picture, and what of it to ignore. */
export interface Output {
  /** [T, 1, C] */
  readonly logits: Float32Array;
  readonly shape: readonly [number, 1, number];
  readonly alphabet: Alphabet;
  /** Leading time steps that decoding ignores. */
  readonly skip: number;
}

/** Options of a read, made ready: the lexicon built, the search loaded, the symbols looked up. */
export interface Plan {
  /** Text from CTC log probabilities [T, C]. */
  readonly decode: (rows: Float64Array) => Decoded;
  /** [C], 0 for symbols that may not be read. */
  readonly allowed?: Uint8Array;
  readonly posteriors: boolean;
  /** Where several views of a picture are averaged. */
  readonly views?: Views;
}

/** Views of an input, and what of their outputs becomes one. */
export interface Views {
  readonly count: number;
  of(input: FittedInput): FittedInput[];
  mean(outputs: readonly Output[]): Output;
}

/** Alternatives of a character below this are left out. */
const LEAST_CHAR = 1e-3;

/** What a picture says, its characters placed in the region. */
export function toReading(output: Output, region: Region, plan: Plan): Omit<Reading, 'timing' | 'adapter'> {
  const { logits, shape, alphabet, skip } = output;
  const rows = ctcRows(logits, shape, 0, skip, plan.allowed);
  const { labels, confidence, readings } = plan.decode(rows);
  return {
    text: alphabet.decode(labels),
    confidence,
    chars: toChars(rows, labels, output, region),
    alternatives: readings.map((r) => ({ text: alphabet.decode(r.labels), probability: Math.exp(r.logProbability) })),
    ...(plan.posteriors && { posteriors: toPosteriors(rows, output, region) }),
  };
}

function toChars(rows: Float64Array, labels: readonly number[], output: Output, region: Region): Char[] {
  const { alphabet, shape, skip } = output;
  const aligned = alignLabels(rows, alphabet.classes, labels, alphabet.blank).labels;
  const symbols = aligned.map((a) => alphabet.symbols[a.label]);
  const centers = aligned.map((a) => a.center + skip);
  const boxes = characterBoxes(symbols, centers, shape[0], region);
  return aligned.map(({ label, places }, i) => ({
    text: symbols[i],
    confidence: places[label],
    box: boxes[i],
    alternatives: [...alphabet.symbols]
      .map((text, c): CharAlternative => ({ text, confidence: c === label ? 0 : places[c] }))
      .filter((a) => a.confidence >= LEAST_CHAR)
      .sort((a, b) => b.confidence - a.confidence),
  }));
}

/** The steps that decoding takes, with the part of the picture under them. */
function toPosteriors(rows: Float64Array, { alphabet, shape, skip }: Output, region: Region): Posteriors {
  const { classes } = alphabet;
  const left = (region.width * skip) / shape[0];
  return {
    data: Float32Array.from(rows, Math.exp),
    steps: rows.length / classes,
    classes,
    symbols: [...alphabet.symbols, ''],
    region: { ...region, x: region.x + left, width: region.width - left },
  };
}
