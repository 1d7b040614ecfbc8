import type { Alphabet } from './alphabet.ts';
import type { BeamReading } from './beam.ts';
import { ctcLogProbability, logSoftmaxRows, NEVER } from './ctc-align.ts';
import { greedyDecode } from './greedy.ts';
import type { LanguageModel } from './language-model.ts';
import type { Lexicon } from './lexicon.ts';

/** How the network's output becomes text. */
export interface DecodeOptions {
  /** Readings given, best first. Default 1. */
  readonly topK?: number;
  /** Prefixes that the beam search keeps; default 16. Without it and `topK` over 1 the best path is taken. */
  readonly beamWidth?: number;
  /** The words that may be read. */
  readonly lexicon?: Lexicon;
  /** How many times likelier than the best word a reading outside the lexicon must be to be given instead. Default Infinity. */
  readonly outsideFactor?: number;
  /** Prefers what is spelt like its words; not together with a lexicon. */
  readonly languageModel?: LanguageModel;
}

/** A text and how sure it is. */
export interface Decoded {
  readonly labels: readonly number[];
  /** Probability that the labels are right; the model card says how well it is calibrated. */
  readonly confidence: number;
  /** At most `topK`, the first being `labels`; empty where no word of a lexicon fits. */
  readonly readings: readonly BeamReading[];
}

/**
 * One item's log probabilities [T - first, C] from a batch of logits.
 * @param logits [T, N, C]
 * @param n which item of the batch
 * @param first time steps before it are left out
 * @param allowed [C], 0 for classes that may not be read; they share nothing then
 * @param count time steps taken, from the first on; default all
 */
export function ctcRows(
  logits: Float32Array,
  shape: readonly [number, number, number],
  n: number,
  first = 0,
  allowed?: Uint8Array,
  count: number = Math.max(0, shape[0] - first),
): Float64Array {
  const [, N, C] = shape;
  const own = new Float64Array(count * C);
  for (let t = first; t < first + count; t++)
    own.set(logits.subarray((t * N + n) * C, (t * N + n + 1) * C), (t - first) * C);
  if (allowed) for (let i = 0; i < own.length; i++) if (!allowed[i % C]) own[i] = NEVER;
  return logSoftmaxRows(own, C);
}

/** Text of the best path through CTC log probabilities [T, C]: the likeliest class of each time step, collapsed. */
export function bestPath(rows: Float64Array, alphabet: Alphabet): Decoded {
  const { classes, blank } = alphabet;
  const labels = greedyDecode(rows, [rows.length / classes, 1, classes], 0, blank).classes;
  return ofReadings([{ labels, logProbability: ctcLogProbability(rows, classes, labels, blank) }]);
}

/** Readings, best first, whose probabilities are their confidence. */
export function ofReadings(readings: readonly BeamReading[]): Decoded {
  const [best] = readings;
  return { labels: best.labels, confidence: Math.exp(best.logProbability), readings };
}
