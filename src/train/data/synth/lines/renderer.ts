import { fitLine, type LineImage } from '../../../../nn/fit-line.ts';
import type { SynthBatch, SynthSetup } from '../protocol.ts';
import { Random } from '../random.ts';
import type { SynthSample } from '../render.ts';
import { loadWords } from '../words.ts';
import { LineFonts } from './families.ts';
import { renderLine } from './render.ts';
import { drawLineText } from './text.ts';

/** Keep texts, looks and lengths apart: changing one leaves the others as they were. */
const TEXT_STREAM = 0x2c1b3c6d;
const LENGTH_STREAM = 0x297a2d39;

/** Neighbouring samples share about one length, so that batches hold lines of like width. */
const GROUP = 16;

/** Time steps a pixel of the scaled line. */
const STEPS = 1 / 4;

/** Renders any line of a stream in this process. */
export class LineRenderer {
  readonly #setup: SynthSetup;
  readonly #words: readonly string[];
  readonly #fonts: LineFonts;

  private constructor(setup: SynthSetup, words: readonly string[]) {
    this.#setup = setup;
    this.#words = words;
    this.#fonts = new LineFonts(setup.fonts);
  }

  /** @throws DataError NO_FONTS, NO_DICTIONARY */
  static async create(setup: SynthSetup): Promise<LineRenderer> {
    return new LineRenderer(setup, await loadWords());
  }

  /** Line `index` at the size it has on its page. */
  sample(index: number): SynthSample {
    const { seed, height, width: widest } = this.#setup;
    const texts = new Random(seed ^ TEXT_STREAM, index);
    const length = this.#length(index, texts);
    const line = drawLineText(texts, this.#words, length);
    const neighbours = [1, 2].map(() => drawLineText(texts, this.#words, Math.max(12, length)).text);
    const repeats = [...line.text].filter((c, i) => i > 0 && c === line.text[i - 1]).length;
    const needed = line.text.length + repeats + 1;
    return renderLine({
      line,
      neighbours: [neighbours[0], neighbours[1]],
      random: new Random(seed, index),
      fonts: this.#fonts,
      fits: (w, h) => Math.min(widest, (w * height) / h) * STEPS >= needed && (w * height) / h <= 1.15 * widest,
    });
  }

  /** Lines `start` to `start + count - 1` at the stream's height, padded to the widest of them. */
  batch(start: number, count: number): SynthBatch {
    const { height, width: widest } = this.#setup;
    const labels: string[] = [];
    const fitted: LineImage[] = [];
    for (let i = 0; i < count; i++) {
      const sample = this.sample(start + i);
      fitted.push(fitLine(sample.grey, sample.width, sample.height, height, widest));
      labels.push(sample.label);
    }
    const width = Math.max(...fitted.map((f) => f.width));
    const images = new Uint8Array(count * height * width);
    fitted.forEach((f, i) => {
      for (let y = 0; y < height; y++)
        images.set(f.grey.subarray(y * f.width, (y + 1) * f.width), (i * height + y) * width);
    });
    return { images, labels, widths: fitted.map((f) => f.width) };
  }

  #length(index: number, texts: Random): number {
    const { seed, minLength, maxLength } = this.#setup;
    const shared = new Random(seed ^ LENGTH_STREAM, Math.floor(index / GROUP));
    const kind = shared.float();
    const part = shared.float();
    // Short ones are a fifth, whole lines half.
    const [low, high] = kind < 0.2 ? [0, 0.15] : kind < 0.5 ? [0.15, 0.5] : [0.5, 1];
    const about = maxLength * (low + (high - low) * part) * texts.range([0.85, 1.15]);
    return Math.max(minLength, Math.min(maxLength, Math.round(about)));
  }
}
