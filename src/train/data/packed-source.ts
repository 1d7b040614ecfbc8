import { resizeGrey } from '../../nn/resize.ts';
import type { Pack } from './pack.ts';
import { Random } from './synth/random.ts';

/** Neighbouring rows that are read at once: about 2 MB of MJSynth crops. */
const BLOCK = 512;
/** Blocks whose rows are mixed: an image is drawn from 4,096 that the disk gave in eight reads. */
const BLOCKS_A_WINDOW = 8;

export interface PackedSourceOptions {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Rows to use, in order of the file, and the label to learn for each; others are passed over. */
  readonly rows: readonly { readonly index: number; readonly label: string }[];
}

/** Where the rows of an epoch stand: windows in order, each with its rows in order. */
interface Window {
  /** Position of its first row in the epoch. */
  readonly first: number;
  readonly blocks: readonly number[];
  readonly count: number;
}

interface LoadedWindow {
  /** For each position within the window, the place in `rows`. */
  readonly order: Uint32Array;
  /** For each block its pixels and the row of the file that they begin with. */
  readonly pixels: ReadonlyMap<number, { bytes: Uint8Array; from: number }>;
}

/**
 * Batches of a packed set, shuffled anew each epoch: blocks of neighbours in a drawn order, eight blocks at a time mixed
 * row by row. The disk sees long reads, memory holds two windows, and sample `i` depends on seed and `i` alone, so that
 * a resumed run sees what it would have seen.
 */
export class PackedSource {
  readonly #pack: Pack;
  readonly #options: PackedSourceOptions;
  readonly #blocks: number;
  #epoch = -1;
  #windows: Window[] = [];
  #loaded = new Map<string, Promise<LoadedWindow>>();

  constructor(pack: Pack, options: PackedSourceOptions) {
    this.#pack = pack;
    this.#options = options;
    this.#blocks = Math.ceil(options.rows.length / BLOCK);
  }

  /** Images of one pass. */
  get images(): number {
    return this.#options.rows.length;
  }

  /** Samples `start` to `start + count - 1`: images `[count, height, width]` and their labels. */
  async batch(start: number, count: number): Promise<{ images: Uint8Array; labels: string[] }> {
    const { width, height, rows } = this.#options;
    const each = width * height;
    const images = new Uint8Array(count * each);
    const labels: string[] = [];
    for (let k = 0; k < count; k++) {
      const sample = start + k;
      const position = sample % rows.length;
      const epoch = Math.floor(sample / rows.length);
      const { window, loaded } = await this.#at(epoch, position);
      const at = loaded.order[position - window.first];
      const { index, label } = rows[at];
      const block = loaded.pixels.get(Math.floor(at / BLOCK));
      if (!block) throw new RangeError(`PackedSource: block of row ${at} is not loaded`);
      const row = this.#pack.rows[index];
      const begin = this.#pack.offset(index, block.from);
      const grey = block.bytes.subarray(begin, begin + row.height * row.width);
      resizeGrey(grey, row.width, row.height, width, height, images.subarray(k * each, (k + 1) * each));
      labels.push(label);
    }
    return { images, labels };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#loaded.values());
    await this.#pack.close();
  }

  async #at(epoch: number, position: number): Promise<{ window: Window; loaded: LoadedWindow }> {
    const windows = this.#windowsOf(epoch);
    const i = windows.findLastIndex((w) => w.first <= position);
    const key = `${epoch}:${i}`;
    const known = this.#loaded.get(key);
    const loaded = known ?? this.#load(epoch, i);
    if (!known) {
      // What is needed now and what comes next; the rest is let go.
      const next = `${epoch}:${i + 1}`;
      const keep = new Map([[key, loaded]]);
      if (i + 1 < windows.length) keep.set(next, this.#loaded.get(next) ?? this.#load(epoch, i + 1));
      this.#loaded = keep;
    } else if (i + 1 < windows.length && !this.#loaded.has(`${epoch}:${i + 1}`)) {
      this.#loaded = new Map([
        [key, loaded],
        [`${epoch}:${i + 1}`, this.#load(epoch, i + 1)],
      ]);
    }
    return { window: windows[i], loaded: await loaded };
  }

  #windowsOf(epoch: number): Window[] {
    if (epoch === this.#epoch) return this.#windows;
    const order = shuffledRange(this.#blocks, new Random(this.#options.seed, epoch));
    this.#windows = [];
    let first = 0;
    for (let at = 0; at < order.length; at += BLOCKS_A_WINDOW) {
      const blocks = [...order.subarray(at, at + BLOCKS_A_WINDOW)];
      const count = blocks.reduce((sum, b) => sum + this.#rowsOf(b).length, 0);
      this.#windows.push({ first, blocks, count });
      first += count;
    }
    this.#epoch = epoch;
    return this.#windows;
  }

  /** Places in `rows` of a block. */
  #rowsOf(block: number): number[] {
    const from = block * BLOCK;
    return Array.from({ length: Math.min(BLOCK, this.#options.rows.length - from) }, (_, i) => from + i);
  }

  #load(epoch: number, i: number): Promise<LoadedWindow> {
    const { blocks, count } = this.#windowsOf(epoch)[i];
    const places = blocks.flatMap((b) => this.#rowsOf(b));
    // Window and epoch in one number: the draws of two windows must not be the same.
    const order = shuffledRange(count, new Random(this.#options.seed ^ 0x5eed, epoch * 65_536 + i)).map(
      (k) => places[k],
    );
    const loaded = this.#read(blocks).then((pixels) => ({ order, pixels }));
    // A window read ahead that nobody comes for must not end the process.
    loaded.catch(() => undefined);
    return loaded;
  }

  async #read(blocks: readonly number[]): Promise<LoadedWindow['pixels']> {
    const pixels = new Map<number, { bytes: Uint8Array; from: number }>();
    const { rows } = this.#options;
    // In order of the file.
    for (const block of [...blocks].sort((a, b) => a - b)) {
      const places = this.#rowsOf(block);
      const from = rows[places[0]].index;
      const to = rows[places[places.length - 1]].index + 1;
      pixels.set(block, { bytes: await this.#pack.pixels(from, to), from });
    }
    return pixels;
  }
}

/** 0 to n - 1 in a drawn order (Fisher and Yates). */
function shuffledRange(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
