import { resizeGrey } from '../../../nn/resize.ts';
import { loadCanvas } from './canvas.ts';
import { FontLibrary } from './fonts.ts';
import { LineRenderer } from './lines/renderer.ts';
import type { SynthBatch, SynthSetup } from './protocol.ts';
import { Random } from './random.ts';
import { renderWord, type SynthSample } from './render.ts';
import { chooseWords, sampleWord } from './words.ts';

/** Keeps the choice of the word apart from its looks: changing a parameter leaves the labels as they were. */
const WORD_STREAM = 0x51ed270b;

/** Renders the samples of a stream in this process, any of them at any time. */
export interface Renderer {
  /** Sample `index` at natural size. */
  sample(index: number): SynthSample;
  /** Samples `start` to `start + count - 1` at the stream's size. */
  batch(start: number, count: number): SynthBatch;
}

/** The renderer that a setup asks for: words or lines. @throws DataError NO_CANVAS, NO_FONTS, NO_DICTIONARY, NO_WORDS */
export async function createRenderer(setup: SynthSetup): Promise<Renderer> {
  // Said before anything is loaded or drawn.
  loadCanvas();
  return setup.lines ? LineRenderer.create(setup) : SynthRenderer.create(setup);
}

/** Renders any word of a stream in this process. */
export class SynthRenderer implements Renderer {
  readonly #setup: SynthSetup;
  readonly #words: string[];
  readonly #fonts: FontLibrary;

  private constructor(setup: SynthSetup, words: string[]) {
    this.#setup = setup;
    this.#words = words;
    this.#fonts = new FontLibrary(setup.fonts, undefined, undefined, setup.fontFolder);
  }

  /** @throws DataError NO_FONTS, NO_DICTIONARY, NO_WORDS */
  static async create(setup: SynthSetup): Promise<SynthRenderer> {
    const { words } = await chooseWords(setup);
    return new SynthRenderer(setup, words);
  }

  /** Sample `index` at natural size. */
  sample(index: number): SynthSample {
    const { seed, params } = this.#setup;
    const word = sampleWord(new Random(seed ^ WORD_STREAM, index), this.#words, this.#setup);
    return renderWord({ word, seed, index, params, fonts: this.#fonts });
  }

  /** Samples `start` to `start + count - 1`, stretched to the stream's size. */
  batch(start: number, count: number): SynthBatch {
    const { width, height } = this.#setup;
    const images = new Uint8Array(count * height * width);
    const labels: string[] = [];
    for (let i = 0; i < count; i++) {
      const sample = this.sample(start + i);
      const out = images.subarray(i * height * width, (i + 1) * height * width);
      resizeGrey(sample.grey, sample.width, sample.height, width, height, out);
      labels.push(sample.label);
    }
    return { images, labels };
  }
}
