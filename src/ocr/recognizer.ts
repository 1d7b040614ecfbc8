import { noGrad, Tensor } from '../autograd/index.ts';
import { AbortedError, type AdapterSummary, Device, LexelError, type Replay } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import {
  Alphabet,
  createModel,
  fitLine,
  greedyDecode,
  normaliseInto,
  type Recognizable,
  resizeGrey,
} from '../nn/index.ts';
import type { GreyImage } from './image/index.ts';
import { crop, type ImageInput, type Region, toGrey } from './input.ts';
import { loadModelBytes, type ModelSource } from './load.ts';
import { type ModelFile, type ModelInfo, readModel } from './model.ts';
import { type PageReading, type ReadPageOptions, readPage } from './page/index.ts';

export interface RecognizerOptions {
  /** Default 'word-small', which ships with the package. */
  model?: ModelSource;
  /** A device to share; otherwise one is opened and closed with the recogniser. */
  device?: Device;
  signal?: AbortSignal;
  /** Skips the check at load that this GPU computes the expected logits. */
  skipSelfCheck?: boolean;
}

export interface ReadOptions {
  /** The part of the picture that holds the word; default all of it. */
  region?: Region;
  signal?: AbortSignal;
}

/** One character of a reading. */
export interface Char {
  readonly text: string;
  /** Probability of the character at its peak. */
  readonly confidence: number;
  /** Its extent in pixels of the picture, from the CTC alignment. */
  readonly box: Region;
}

export interface Reading {
  readonly text: string;
  /** Product of the characters' confidences; the model card says how well it is calibrated. */
  readonly confidence: number;
  readonly chars: readonly Char[];
  /** Milliseconds by stage. */
  readonly timing: { readonly decodeMs: number; readonly prepareMs: number; readonly networkMs: number };
  readonly adapter: string;
}

/** What became of one image of `readMany`. */
export type Outcome = (Reading & { readonly error?: undefined }) | { readonly error: LexelError };

/** A step recorded for one batch size and width. */
interface Lane {
  readonly x: Tensor;
  readonly host: Float32Array;
  readonly replay: Replay<Tensor>;
}

interface Prepared {
  readonly image: GreyImage;
  readonly region: Region;
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly decodeMs: number;
  readonly prepareMs: number;
}

/** Recorded steps kept at once: each holds the network's activations for its size. */
const MAX_LANES = 6;

/** Widest input: a longer picture is pressed together. */
const MAX_WIDTH = 2048;

/** Reads words in pictures. Made by `createRecognizer`. */
export class Recognizer implements AsyncDisposable {
  private readonly lanes = new Map<string, Lane>();
  private readonly alphabet: Alphabet;
  private queue: Promise<unknown> = Promise.resolve();
  private ended = false;

  /** @internal */
  constructor(
    private readonly device: Device,
    private readonly ownsDevice: boolean,
    private readonly model: Recognizable,
    readonly info: ModelInfo,
  ) {
    this.alphabet = new Alphabet(info.alphabet);
  }

  get adapter(): AdapterSummary {
    return this.device.adapter;
  }

  /** Compiles and runs the network once, so that the first read does not wait. */
  async warmup(batchSize = 1): Promise<void> {
    await this.exclusive(() => this.lane(batchSize, this.info.width).then((l) => l.replay.run()));
  }

  /**
   * Reads one word.
   * @throws ImageError when the picture cannot be read, AbortedError when the signal fired, DeviceLostError.
   */
  async read(input: ImageInput, options: ReadOptions = {}): Promise<Reading> {
    const prepared = await this.prepare(input, options);
    const [reading] = await this.exclusive(() => this.run([prepared], prepared.width));
    throwIfAborted(options.signal);
    return reading;
  }

  /**
   * Reads many pictures in batches, in order. A picture that cannot be read gives its error in its place.
   * @throws AbortedError when the signal fired, DeviceLostError.
   */
  async *readMany(
    inputs: Iterable<ImageInput> | AsyncIterable<ImageInput>,
    options: { batchSize?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<Outcome> {
    const size = Math.max(1, options.batchSize ?? 32);
    let group: (Prepared | LexelError)[] = [];
    for await (const input of inputs) {
      throwIfAborted(options.signal);
      group.push(
        await this.prepare(input, { signal: options.signal }).catch((error: unknown) => {
          if (error instanceof LexelError && error.code !== 'ABORTED') return error;
          throw error;
        }),
      );
      if (group.length === size) {
        yield* await this.flushGroup(group, size);
        group = [];
      }
    }
    if (group.length > 0) yield* await this.flushGroup(group, size);
  }

  /**
   * Finds the lines of a clean scan or a screenshot and reads them in order: whole lines with a line model, word by word with a word model.
   * Scenes are not read: `lines` is then empty and `reason` says why.
   * @throws ImageError when the picture cannot be read, AbortedError when the signal fired, DeviceLostError.
   */
  readPage(input: ImageInput, options: ReadPageOptions = {}): Promise<PageReading> {
    const readMany = this.readMany.bind(this);
    return readPage({ reads: this.info.reads ?? 'word', readMany }, input, options);
  }

  /** Ends the recogniser; its tensors and (if it opened one) its device go with it. */
  async dispose(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.queue.catch(() => undefined);
    for (const lane of this.lanes.values()) this.drop(lane);
    this.model.dispose();
    if (this.ownsDevice) await this.device[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @internal Logits [T, 1, classes] of one prepared image, for the self-check. */
  async logits(pixels: Uint8Array): Promise<Float32Array> {
    return this.exclusive(async () => {
      const lane = await this.lane(1, this.info.width);
      normaliseInto(pixels, 0, pixels.length, lane.host, 0, this.info.normalisation);
      lane.x.write(lane.host);
      await lane.replay.run();
      return (await lane.replay.value.read()) as Float32Array;
    });
  }

  private async flushGroup(group: readonly (Prepared | LexelError)[], size: number): Promise<Outcome[]> {
    const out: Outcome[] = new Array(group.length);
    const byWidth = new Map<number, { index: number; item: Prepared }[]>();
    group.forEach((item, index) => {
      if (item instanceof LexelError) out[index] = { error: item };
      else byWidth.set(item.width, [...(byWidth.get(item.width) ?? []), { index, item }]);
    });
    for (const [width, items] of byWidth) {
      // A full batch of the usual width keeps one recording; odd widths go one by one.
      const usual = width === this.info.width && items.length > 1;
      const groups = usual ? [items] : items.map((i) => [i]);
      for (const g of groups) {
        const readings = await this.exclusive(() =>
          this.run(
            g.map((i) => i.item),
            width,
            usual ? size : 1,
          ),
        );
        readings.forEach((r, k) => {
          out[g[k].index] = r;
        });
      }
    }
    return out;
  }

  private async prepare(input: ImageInput, options: ReadOptions): Promise<Prepared> {
    throwIfAborted(options.signal);
    const start = performance.now();
    const whole = await toGrey(input, options.signal);
    throwIfAborted(options.signal);
    const decoded = performance.now();
    const image = options.region ? crop(whole, options.region) : whole;
    const region = {
      x: options.region ? Math.max(0, Math.floor(options.region.x)) : 0,
      y: options.region ? Math.max(0, Math.floor(options.region.y)) : 0,
      width: image.width,
      height: image.height,
    };
    const { pixels, width, filled } = inputOf(image, this.info);
    // Characters are placed by the width of the input; paper added on the right is no part of the picture.
    const span = { ...region, width: (region.width * width) / filled };
    return { image, region: span, pixels, width, decodeMs: decoded - start, prepareMs: performance.now() - decoded };
  }

  private async run(items: readonly Prepared[], width: number, size = items.length): Promise<Reading[]> {
    const { info, alphabet } = this;
    const start = performance.now();
    const lane = await this.lane(size, width);
    const each = width * info.height;
    lane.host.fill(0, items.length * each);
    items.forEach((p, i) => {
      normaliseInto(p.pixels, 0, each, lane.host, i * each, info.normalisation);
    });
    lane.x.write(lane.host);
    await lane.replay.run();
    const logits = (await lane.replay.value.read()) as Float32Array;
    const networkMs = performance.now() - start;
    const shape = lane.replay.value.shape as [number, number, number];
    return items.map((p, i) => {
      const path = greedyDecode(logits, shape, i, alphabet.blank, info.skip);
      return {
        text: alphabet.decode(path.classes),
        confidence: path.confidence,
        chars: chars(path, alphabet, p.region, shape[0]),
        timing: { decodeMs: p.decodeMs, prepareMs: p.prepareMs, networkMs },
        adapter: this.device.adapter.description,
      };
    });
  }

  private async lane(batch: number, width: number): Promise<Lane> {
    const key = `${batch}x${width}`;
    const known = this.lanes.get(key);
    if (known) {
      // Most recently used last.
      this.lanes.delete(key);
      this.lanes.set(key, known);
      return known;
    }
    for (const [old, lane] of this.lanes) {
      if (this.lanes.size < MAX_LANES) break;
      this.lanes.delete(old);
      this.drop(lane);
    }
    const { height } = this.info;
    const x = Tensor.zeros(this.device, [batch, 1, height, width]);
    const replay = await this.device.record(() => noGrad(() => this.model.forward(x)));
    const lane = { x, host: new Float32Array(batch * height * width), replay };
    this.lanes.set(key, lane);
    return lane;
  }

  private drop(lane: Lane): void {
    lane.replay.dispose();
    lane.x.dispose();
  }

  /** One batch at a time: lanes are shared. */
  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended)
      return Promise.reject(
        new LexelError('recognizer: already disposed', { code: 'DISPOSED', hint: 'Create another.' }),
      );
    const next = this.queue.then(work, work);
    this.queue = next.catch(() => undefined);
    return next;
  }
}

/** A picture as the model takes it; `filled` are the columns that are not added paper. */
function inputOf(image: GreyImage, info: ModelInfo): { pixels: Uint8Array; width: number; filled: number } {
  if (info.reads === 'line') {
    const { grey, width, filled } = fitLine(image.grey, image.width, image.height, info.height, MAX_WIDTH);
    return { pixels: grey, width, filled };
  }
  const width = inputWidth(image, info);
  return { pixels: resizeGrey(image.grey, image.width, image.height, width, info.height), width, filled: width };
}

/**
 * Words are stretched to the model's width, as in training. A picture much longer than a word of the training set
 * would press its letters together: it keeps their usual width instead, and takes more time steps.
 */
function inputWidth(image: GreyImage, info: ModelInfo): number {
  const natural = (image.width * info.height) / image.height;
  const usual = info.width * 2;
  if (natural <= usual) return info.width;
  return Math.min(MAX_WIDTH, Math.round((info.width * natural) / usual / 32) * 32);
}

/** Characters with their extents: each reaches half way to its neighbours' peaks. */
function chars(
  path: { classes: number[]; steps: number[]; probabilities: number[] },
  alphabet: Alphabet,
  region: Region,
  steps: number,
): Char[] {
  const scale = region.width / steps;
  const center = path.steps.map((t) => (t + 0.5) * scale);
  const typical = center.length > 1 ? (center[center.length - 1] - center[0]) / (center.length - 1) : region.width / 2;
  return path.classes.map((c, i) => {
    const left = i > 0 ? (center[i - 1] + center[i]) / 2 : Math.max(0, center[i] - typical / 2);
    const right =
      i + 1 < center.length ? (center[i] + center[i + 1]) / 2 : Math.min(region.width, center[i] + typical / 2);
    return {
      text: alphabet.symbols[c],
      confidence: path.probabilities[i],
      box: { x: region.x + left, y: region.y, width: right - left, height: region.height },
    };
  });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('read: aborted', { cause: signal.reason });
}

/** Largest difference of logits at the self-check: f16 weights are exact, so only rounding order differs. */
const SELF_CHECK_TOLERANCE = 2e-2;

/**
 * Opens a recogniser: loads the model, opens the adapter, checks that it computes what it should.
 * @throws NoWebGpuError, FormatError (BAD_MODEL, FORMAT), LexelError (INTEGRITY, SELF_CHECK), AbortedError
 */
export async function createRecognizer(options: RecognizerOptions = {}): Promise<Recognizer> {
  throwIfAborted(options.signal);
  const { bytes, name } = await loadModelBytes(options.model ?? 'word-small', options.signal);
  const file = await readModel(bytes, name);
  throwIfAborted(options.signal);
  const device = options.device ?? (await Device.create());
  try {
    if (!options.device) await applySavedTuning(device);
    return await open(device, !options.device, file, options);
  } catch (error) {
    if (!options.device) device.dispose();
    throw error;
  }
}

async function open(device: Device, owns: boolean, file: ModelFile, options: RecognizerOptions): Promise<Recognizer> {
  const { info } = file;
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes);
  model.load(file.weights);
  model.fold();
  const recognizer = new Recognizer(device, owns, model, info);
  if (file.selfCheck && !options.skipSelfCheck) {
    const got = await recognizer.logits(file.selfCheck.image);
    const want = file.selfCheck.logits;
    let worst = got.length === want.length ? 0 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs(got[i] - want[i]));
    if (!(worst <= SELF_CHECK_TOLERANCE))
      throw new LexelError(
        `model ${info.name}: this GPU (${device.adapter.description}) computes wrong values: logits differ by ${worst.toPrecision(3)}, expected at most ${SELF_CHECK_TOLERANCE}`,
        { code: 'SELF_CHECK', hint: 'Update the graphics driver; `lexel doctor` names the kernels at fault.' },
      );
  }
  throwIfAborted(options.signal);
  return recognizer;
}
