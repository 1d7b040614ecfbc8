import { noGrad, Tensor } from '../autograd/index.ts';
import { AbortedError, type AdapterSummary, Device, DeviceLostError, LexelError, type Replay } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { Alphabet, createModel, normaliseInto, type Recognizable, resizeGrey } from '../nn/index.ts';
import { Decoder } from './decode.ts';
import type { GreyImage } from './image/index.ts';
import { crop, type ImageInput, type Region, toGrey } from './input.ts';
import { checkIntegrity, loadModelBytes } from './load.ts';
import { type ModelFile, type ModelInfo, readModel } from './model.ts';
import { checkLogits } from './self-check.ts';
import type { Outcome, Reading, ReadManyOptions, ReadOptions, RecognizerOptions } from './types.ts';

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

/** Reads words in pictures. Made by `createRecognizer`. */
export class Recognizer implements AsyncDisposable {
  private readonly lanes = new Map<string, Lane>();
  private readonly alphabet: Alphabet;
  private queue: Promise<unknown> = Promise.resolve();
  private ended = false;

  /**
   * @internal
   * @param reopen gives another device and the model on it, for a device that this recogniser opened itself
   */
  constructor(
    private device: Device,
    private model: Recognizable,
    readonly info: ModelInfo,
    private readonly reopen: (() => Promise<{ device: Device; model: Recognizable }>) | undefined,
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
   * Reads one word. Where the device is lost and was opened by this recogniser, another is opened once and the read repeated.
   * @throws ImageError when the picture cannot be read, ArgumentError for options that cannot be, AbortedError when the signal fired,
   * DeviceLostError.
   */
  async read(input: ImageInput, options: ReadOptions = {}): Promise<Reading> {
    const decoder = new Decoder(this.alphabet, options);
    const prepared = await this.prepare(input, options);
    const [reading] = await this.exclusive(() => this.run([prepared], prepared.width, decoder));
    throwIfAborted(options.signal);
    return reading;
  }

  /**
   * Reads many pictures in batches, in order. A picture that cannot be read gives its error in its place.
   * @throws AbortedError when the signal fired, DeviceLostError.
   */
  async *readMany(
    inputs: Iterable<ImageInput> | AsyncIterable<ImageInput>,
    options: ReadManyOptions = {},
  ): AsyncGenerator<Outcome> {
    const size = Math.max(1, options.batchSize ?? 32);
    const decoder = new Decoder(this.alphabet, options);
    const total = Array.isArray(inputs) ? inputs.length : undefined;
    let done = 0;
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
        const outcomes = await this.flushGroup(group, size, decoder);
        done += group.length;
        options.progress?.({ stage: 'read', done, total });
        yield* outcomes;
        group = [];
      }
    }
    if (group.length === 0) return;
    const outcomes = await this.flushGroup(group, size, decoder);
    throwIfAborted(options.signal);
    options.progress?.({ stage: 'read', done: done + group.length, total });
    yield* outcomes;
  }

  /** Ends the recogniser; its tensors and (if it opened one) its device go with it. */
  async dispose(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.queue.catch(() => undefined);
    for (const lane of this.lanes.values()) this.drop(lane);
    this.model.dispose();
    if (this.reopen) await this.device[Symbol.asyncDispose]();
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

  private async flushGroup(
    group: readonly (Prepared | LexelError)[],
    size: number,
    decoder: Decoder,
  ): Promise<Outcome[]> {
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
            decoder,
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
    const width = inputWidth(image, this.info);
    const pixels = resizeGrey(image.grey, image.width, image.height, width, this.info.height);
    return { image, region, pixels, width, decodeMs: decoded - start, prepareMs: performance.now() - decoded };
  }

  private async run(
    items: readonly Prepared[],
    width: number,
    decoder: Decoder,
    size = items.length,
  ): Promise<Reading[]> {
    const { info } = this;
    const start = performance.now();
    const { logits, shape } = await this.compute(items, width, size).catch(async (error: unknown) => {
      if (!(error instanceof DeviceLostError) || !this.reopen || this.ended) throw error;
      await this.restart();
      return this.compute(items, width, size);
    });
    const networkMs = performance.now() - start;
    return items.map((p, item) => {
      const before = performance.now();
      const decoded = decoder.decode({ logits, shape, item, skip: info.skip, region: p.region });
      const searchMs = performance.now() - before;
      return {
        ...decoded,
        timing: { decodeMs: p.decodeMs, prepareMs: p.prepareMs, networkMs, searchMs },
        adapter: this.device.adapter.description,
      };
    });
  }

  private async compute(items: readonly Prepared[], width: number, size: number) {
    const { info } = this;
    const lane = await this.lane(size, width);
    const each = width * info.height;
    lane.host.fill(0, items.length * each);
    items.forEach((p, i) => {
      normaliseInto(p.pixels, 0, each, lane.host, i * each, info.normalisation);
    });
    lane.x.write(lane.host);
    await lane.replay.run();
    const logits = (await lane.replay.value.read()) as Float32Array;
    return { logits, shape: lane.replay.value.shape as [number, number, number] };
  }

  /** Another device for one that was lost; what lay on that one is gone with it. */
  private async restart(): Promise<void> {
    this.lanes.clear();
    const lost = this.device;
    const fresh = await this.reopen?.();
    if (!fresh) return;
    ({ device: this.device, model: this.model } = fresh);
    lost.dispose();
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

/**
 * Words are stretched to the model's width, as in training. A picture much longer than a word of the training set
 * would press its letters together: it keeps their usual width instead, and takes more time steps.
 */
function inputWidth(image: GreyImage, info: ModelInfo): number {
  const natural = (image.width * info.height) / image.height;
  const usual = info.width * 2;
  if (natural <= usual) return info.width;
  return Math.min(2048, Math.round((info.width * natural) / usual / 32) * 32);
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('read: aborted', { cause: signal.reason });
}

/**
 * Opens a recogniser: loads the model, opens the adapter, checks that it computes what it should.
 * @throws NoWebGpuError, FormatError (BAD_MODEL, FORMAT), LexelError (INTEGRITY, SELF_CHECK), AbortedError
 */
export async function createRecognizer(options: RecognizerOptions = {}): Promise<Recognizer> {
  const { signal, progress } = options;
  throwIfAborted(signal);
  progress?.({ stage: 'model', done: 0, total: undefined });
  const { bytes, name } = await loadModelBytes(options.model ?? 'word-small', signal);
  progress?.({ stage: 'model', done: bytes.length, total: bytes.length });
  if (options.integrity !== undefined) await checkIntegrity(bytes, options.integrity, name);
  const file = await readModel(bytes, name);
  throwIfAborted(signal);
  const device = options.device ?? (await openDevice());
  try {
    return await open(device, file, options);
  } catch (error) {
    if (!options.device) device.dispose();
    throw error;
  }
}

async function openDevice(): Promise<Device> {
  const device = await Device.create();
  await applySavedTuning(device);
  return device;
}

function modelOn(device: Device, { info, weights }: ModelFile): Recognizable {
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes);
  model.load(weights);
  model.fold();
  return model;
}

async function open(device: Device, file: ModelFile, options: RecognizerOptions): Promise<Recognizer> {
  const { info } = file;
  const { progress } = options;
  const reopen = options.device
    ? undefined
    : async () => {
        const other = await openDevice();
        return { device: other, model: modelOn(other, file) };
      };
  const recognizer = new Recognizer(device, modelOn(device, file), info, reopen);
  if (file.selfCheck && !options.skipSelfCheck) {
    progress?.({ stage: 'compile', done: 0, total: 1 });
    await recognizer.warmup();
    progress?.({ stage: 'compile', done: 1, total: 1 });
    throwIfAborted(options.signal);
    progress?.({ stage: 'check', done: 0, total: 1 });
    await checkLogits(recognizer, file.selfCheck);
    progress?.({ stage: 'check', done: 1, total: 1 });
  }
  throwIfAborted(options.signal);
  return recognizer;
}
