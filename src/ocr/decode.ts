/** From the network's output to text, its alternatives, and its characters with their places. */
import { ArgumentError } from '../gpu/index.ts';
import {
  type AlignedLabel,
  type Alphabet,
  alignLabels,
  type BeamReading,
  beamSearch,
  greedyDecode,
  itemRows,
  Lexicon,
  lexiconSearch,
  logSoftmaxRows,
} from '../nn/index.ts';
import type { Region } from './input.ts';
import type { Alternative, Char, DecodeOptions, Posteriors } from './types.ts';

/** The network's output of one picture. */
export interface Output {
  /** [T, N, C] */
  readonly logits: Float32Array;
  readonly shape: readonly [number, number, number];
  /** Which item of the batch. */
  readonly item: number;
  /** Leading time steps that are not heard. */
  readonly skip: number;
  /** The part of the picture that the time steps divide evenly. */
  readonly region: Region;
}

export interface Decoded {
  readonly text: string;
  readonly confidence: number;
  readonly chars: readonly Char[];
  readonly alternatives: readonly Alternative[];
  readonly posteriors?: Posteriors;
}

/** Characters less likely than this in a place are not named as alternatives. */
const LEAST_ALTERNATIVE = 1e-3;
/** Words of a lexicon that share out the confidence. */
export const RIVALS = 8;

/** The share of the best of a lexicon's words in the probability of those found: how sure the reading is, given that it is a word. */
export function shareOfBest(found: readonly BeamReading[]): number {
  return 1 / found.reduce((sum, r) => sum + Math.exp(r.logProbability - found[0].logProbability), 0);
}

/** A lexicon built from an array is kept with it. */
const built = new WeakMap<readonly string[], Lexicon>();

function lexiconOf(words: Lexicon | readonly string[], alphabet: Alphabet): Lexicon {
  const known = words instanceof Lexicon ? words : built.get(words);
  if (known && known.alphabet.text === alphabet.text) return known;
  if (words instanceof Lexicon)
    throw new ArgumentError(
      `read: lexicon was built for the alphabet ${words.alphabet.text}, the model reads ${alphabet.text}`,
      { hint: 'Build it with Lexicon.from(words, recognizer.info.alphabet).' },
    );
  const lexicon = Lexicon.from(words, alphabet);
  built.set(words, lexicon);
  return lexicon;
}

/** Checked options, with the searches that they ask for. */
export class Decoder {
  private readonly lexicon: Lexicon | undefined;
  /** [classes]: 1 where a class may be read. */
  private readonly allowed: Uint8Array | undefined;
  private readonly topK: number;
  private readonly beamWidth: number | undefined;

  /** @throws ArgumentError when an option cannot be heeded. */
  constructor(
    private readonly alphabet: Alphabet,
    private readonly options: DecodeOptions,
  ) {
    const { topK = 1, beamWidth } = options;
    for (const [name, value] of Object.entries({ topK, beamWidth }))
      if (value !== undefined && !(Number.isInteger(value) && value >= 1))
        throw new ArgumentError(`read: ${name} must be a whole number from 1, got ${value}`);
    this.topK = topK;
    this.beamWidth = beamWidth ?? (topK > 1 ? 16 : undefined);
    this.lexicon = options.lexicon && lexiconOf(options.lexicon, alphabet);
    if (options.alphabet !== undefined) {
      if (options.alphabet === '') throw new ArgumentError('read: alphabet must hold at least one symbol');
      this.allowed = new Uint8Array(alphabet.classes);
      this.allowed[alphabet.blank] = 1;
      for (const c of alphabet.encode(options.alphabet)) this.allowed[c] = 1;
    }
  }

  decode(output: Output): Decoded {
    const { alphabet } = this;
    const { shape, skip, region } = output;
    const [steps, , classes] = shape;
    const logits = this.heard(output);
    const rows = logSoftmaxRows(logits, classes);
    const heard = steps - skip;
    const best = greedyDecode(logits, [heard, 1, classes], 0, alphabet.blank);
    const found = this.search(rows, classes);
    const labels = found ? (found[0]?.labels ?? []) : best.classes;
    const aligned = alignLabels(rows, classes, labels, alphabet.blank);
    const text = alphabet.decode(labels);
    const span = { steps, skip, region };
    const chars = this.chars(aligned.labels, span);
    const whole = found ?? [{ labels, logProbability: aligned.logProbability }];
    return {
      text,
      confidence: this.confidence(text, whole, best, chars),
      chars,
      alternatives: whole.slice(0, this.topK).map((r) => ({
        text: alphabet.decode(r.labels),
        probability: Math.exp(r.logProbability),
      })),
      ...(this.options.posteriors && {
        posteriors: {
          data: Float32Array.from(rows, Math.exp),
          steps: heard,
          classes,
          symbols: [...alphabet.symbols, ''],
          region: { ...region, x: region.x + (region.width * skip) / steps, width: (region.width * heard) / steps },
        },
      }),
    };
  }

  /** Logits [T - skip, C] of the item; classes that may not be read are as good as impossible. */
  private heard({ logits, shape, item, skip }: Output): Float32Array {
    const out = itemRows(logits, shape, item, skip);
    const { allowed } = this;
    if (allowed) for (let i = 0; i < out.length; i++) if (!allowed[i % allowed.length]) out[i] = -1e4;
    return out;
  }

  /** Readings of the search that was asked for, best first; undefined where the best path will do. */
  private search(rows: Float64Array, classes: number): BeamReading[] | undefined {
    const { lexicon, allowed, topK, beamWidth } = this;
    if (lexicon)
      return lexiconSearch(rows, lexicon, {
        topK: Math.max(topK, RIVALS),
        allow: allowed && ((label) => allowed[label] === 1),
        cutoff: topK > 1 ? 0 : 1e-3,
      });
    if (beamWidth === undefined) return undefined;
    return beamSearch(rows, classes, { beamWidth: Math.max(beamWidth, topK), topK, blank: this.alphabet.blank });
  }

  /**
   * Of the best path the product of its peaks, which is calibrated; of another text that of its characters in their places; of a
   * lexicon's word its share among its rivals, as the text is known to be a word.
   */
  private confidence(
    text: string,
    whole: readonly BeamReading[],
    best: ReturnType<typeof greedyDecode>,
    chars: readonly Char[],
  ): number {
    if (whole.length === 0) return 0;
    if (this.lexicon) return shareOfBest(whole);
    if (text === this.alphabet.decode(best.classes)) return best.confidence;
    return chars.reduce((p, c) => p * c.confidence, 1);
  }

  /** Characters with their extents: each reaches half way to its neighbours' centres. */
  private chars(labels: readonly AlignedLabel[], span: { steps: number; skip: number; region: Region }): Char[] {
    const { steps, skip, region } = span;
    const scale = region.width / steps;
    const center = labels.map((l) => (l.center + skip) * scale);
    const between = center.length > 1 ? (center[center.length - 1] - center[0]) / (center.length - 1) : 0;
    const typical = between > 0 ? between : region.width / 2;
    return labels.map(({ label, places }, i) => {
      const left = i > 0 ? (center[i - 1] + center[i]) / 2 : Math.max(0, center[i] - typical / 2);
      const right =
        i + 1 < center.length ? (center[i] + center[i + 1]) / 2 : Math.min(region.width, center[i] + typical / 2);
      return {
        text: this.alphabet.symbols[label],
        confidence: places[label],
        box: { x: region.x + left, y: region.y, width: right - left, height: region.height },
        alternatives: this.others(places, label),
      };
    });
  }

  private others(places: Float64Array, label: number): Char['alternatives'] {
    return this.alphabet.symbols
      .map((text, c) => ({ text, c, confidence: places[c] }))
      .filter((o) => o.c !== label && o.confidence >= LEAST_ALTERNATIVE)
      .sort((a, b) => b.confidence - a.confidence)
      .map(({ text, confidence }) => ({ text, confidence }));
  }
}
