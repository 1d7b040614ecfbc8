import type { Device, LexelError } from '../gpu/index.ts';
import type { LanguageModel, Lexicon } from '../nn/index.ts';
import type { Region } from './input.ts';
import type { ModelSource } from './load.ts';

/** How far something slow has come. */
export interface Progress {
  /**
   * `model`: bytes of the model file; `compile`: kernels of the network; `check`: the self-check, one step;
   * `read`: pictures of `readMany`.
   */
  readonly stage: 'model' | 'compile' | 'check' | 'read';
  readonly done: number;
  /** Undefined where it is not known: a server that does not say how long its answer is, an iterable without a length. */
  readonly total: number | undefined;
}

/** Called at each step of something slow; what it throws is thrown by what called it. */
export type OnProgress = (progress: Progress) => void;

/** How a network's weights are stored on the GPU; it computes in f32 either way. */
export type Precision = 'f32' | 'f16';

export interface RecognizerOptions {
  /** Default 'word-small', which ships with the package; `readPage` then reads with `pageModel`. */
  model?: ModelSource;
  /**
   * What `readPage` reads with, opened at the first page, on the same device where one is given. Default `model` where that is
   * given, else the line model that ships, or 'word-small' where none does.
   */
  pageModel?: ModelSource;
  /** SHA-256 of the whole model file, as 64 hex digits or as `sha256-` and base64; another file is refused. */
  integrity?: string;
  /**
   * Whether a model from an http(s) address is kept, so that it loads without a network next time: under Node in LEXEL_CACHE, or else
   * in the user's cache folder, in a browser by the Cache API. Default true.
   */
  cache?: boolean;
  /** A device to share; otherwise one is opened and closed with the recogniser, and opened again if it is lost. */
  device?: Device;
  /**
   * 'f16' stores weights in 16 bits, half as much for the GPU to fetch, where the adapter has `shader-f16` (else nothing changes;
   * `precision` of the recogniser says which). Logits change by some thousandths. Default 'f32'.
   */
  precision?: Precision;
  signal?: AbortSignal;
  progress?: OnProgress;
  /** Skips the check at load that this GPU computes the expected logits. */
  skipSelfCheck?: boolean;
}

/** How the network's output becomes text. */
export interface DecodeOptions {
  /** Readings in `alternatives`, best first. Default 1. */
  topK?: number;
  /**
   * Prefixes that the prefix beam search keeps after each time step; default 16. Given it, or `topK` over 1, the text is the
   * likeliest over all alignments; without either, that of the best path (greedy), which is a little faster.
   */
  beamWidth?: number;
  /**
   * The words that may be read: the reading is always one of them, the likeliest over all alignments. The search is exact, so
   * that `beamWidth` plays no part. A list is built into a `Lexicon` at its first use (and kept with that array): build
   * one with `Lexicon.from` to choose when.
   */
  lexicon?: Lexicon | readonly string[];
  /**
   * How many times likelier than the lexicon's best word a reading outside of it must be to be given instead. Default Infinity:
   * always a word of the lexicon. Where about one word in ten is not listed (names, numbers), 3000 read best.
   */
  outsideFactor?: number;
  /**
   * Prefers, in a beam search, what is spelt like the words of a language, without being held to a list. 'english' is the one that
   * ships, of the word models' alphabet; `estimateLanguageModel` makes others. Not together with a lexicon. Default none.
   */
  languageModel?: 'english' | LanguageModel;
  /** The symbols that may be read, of the model's alphabet: '0123456789' for numbers. Default all. */
  alphabet?: string;
  /**
   * How many views of the picture are read, moved by a pixel or inverted, and averaged; up to 4. Two read about one word in a hundred
   * more, four one and a half, for about 1.4 and 2.5 times the time of a read (llvmpipe). For models whose inputs are normalised to mean 0, as those that ship. Default 1.
   */
  views?: number;
  /** Whether the reading carries the network's probabilities by time step. Default false. */
  posteriors?: boolean;
}

export interface ReadOptions extends DecodeOptions {
  /** The part of the picture that holds the word, in pixels; default all of it. */
  region?: Region;
  signal?: AbortSignal;
}

export interface ReadManyOptions extends DecodeOptions {
  /** Pictures that the network takes at once. Default 32. */
  batchSize?: number;
  signal?: AbortSignal;
  progress?: OnProgress;
}

/** A character that may stand in a place instead. */
export interface CharAlternative {
  readonly text: string;
  /** Its probability there; with the character's own `confidence` they sum to at most 1. */
  readonly confidence: number;
}

/** One character of a reading. */
export interface Char {
  readonly text: string;
  /** Probability of the character in its place, the other characters given. */
  readonly confidence: number;
  /** Its extent in pixels of the picture given, from the CTC alignment; as high as the picture or its region. */
  readonly box: Region;
  /** Other characters for this place, likeliest first; those below 0.1 % are left out. */
  readonly alternatives: readonly CharAlternative[];
}

/** A text that the picture may hold. */
export interface Alternative {
  readonly text: string;
  /** Its CTC probability: the sum over all alignments. Not calibrated; `Reading.confidence` is. */
  readonly probability: number;
}

/** The network's probabilities of one picture, by time step. */
export interface Posteriors {
  /** [steps, classes], each row summing to 1. */
  readonly data: Float32Array;
  readonly steps: number;
  readonly classes: number;
  /** What the classes stand for; the last, the CTC blank, is ''. */
  readonly symbols: readonly string[];
  /** The part of the picture that the steps divide evenly, left to right. */
  readonly region: Region;
}

/** Milliseconds by stage. Of a batch, `networkMs` is the whole batch's; of several, with what was made ready meanwhile for the next. */
export interface Timing {
  /** Bytes to grey pixels. */
  readonly decodeMs: number;
  /** Cropping and resizing. */
  readonly prepareMs: number;
  /** Upload, network and read-back. */
  readonly networkMs: number;
  /** From the network's output to text, alternatives and characters. */
  readonly searchMs: number;
}

/** What was read in one picture. */
export interface Reading {
  readonly text: string;
  /**
   * Probability that the text is right; the model card says how well it is calibrated. It is the text's CTC probability; of a
   * lexicon's word its share among the likeliest words, and with a language model its share among the readings that
   * were kept, less where its own probability is small.
   */
  readonly confidence: number;
  /** The characters of `text`, left to right. */
  readonly chars: readonly Char[];
  /**
   * The likeliest texts, best first, at most `topK`; the first is `text`. Words of a lexicon below 0.1 % of the best one's
   * probability are left out. Empty where no word of the lexicon fits the picture.
   */
  readonly alternatives: readonly Alternative[];
  readonly timing: Timing;
  /** The GPU or its software stand-in. */
  readonly adapter: string;
  /** With the option `posteriors`. */
  readonly posteriors?: Posteriors;
}

/** What became of one image of `readMany`. */
export type Outcome = (Reading & { readonly error?: undefined }) | { readonly error: LexelError };
