import type { DataErrorCode } from '../errors.ts';
import type { FontSplit } from './fonts.ts';
import type { SynthParams } from './params.ts';

/** Everything that decides the pixels of a stream. */
export interface SynthSetup {
  readonly seed: number;
  /** Size of the images handed out (the natural crop is stretched to it). */
  readonly width: number;
  readonly height: number;
  readonly params: SynthParams;
  readonly minLength: number;
  readonly maxLength: number;
  readonly alphabet: string;
  readonly digitShare: number;
  /** File of words, one a line, in place of the English ones. */
  readonly words?: string;
  /** Time steps that the words may need. */
  readonly steps?: number;
  readonly fonts: FontSplit;
  /** Folder of more typefaces for words. */
  readonly fontFolder?: string;
  /** Lines of text instead of words: `width` is then the widest, and images come at their own widths. */
  readonly lines: boolean;
}

/** A batch asked of a worker. */
export interface WorkerRequest {
  readonly id: number;
  readonly setup: SynthSetup;
  readonly start: number;
  readonly count: number;
}

/** A batch of the stream: samples `start` to `start + count - 1`. */
export interface SynthBatch {
  /** `[count, height, width]`, 0..255. */
  readonly images: Uint8Array;
  readonly labels: string[];
  /** Of lines: columns of each image that are its own; images are as wide as the widest. */
  readonly widths?: number[];
}

/** What a worker answers. */
export type WorkerReply =
  | ({ readonly ok: true; readonly id: number } & SynthBatch)
  | { readonly ok: false; readonly id: number; readonly message: string; readonly code?: DataErrorCode };
