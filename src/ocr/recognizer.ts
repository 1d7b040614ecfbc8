import { AbortedError, type AdapterSummary, DeviceLostError, DisposedError, findGpu } from '../gpu/index.ts';
import { Alphabet, bestPath } from '../nn/index.ts';
import { checkCount } from './count.ts';
import { type FittedInput, normalised } from './fit.ts';
import { crop, type ImageInput, legible, type Region, toGrey } from './input.ts';
import type { Part } from './launches.ts';
import { openModel, PAGE_MODEL, WORD_MODEL } from './load.ts';
import type { ModelInfo } from './model.ts';
import { Network } from './network.ts';
import type { PageReading, ReadPageOptions } from './page/index.ts';
import { type Plan, toReading } from './reading.ts';
import type {
  DecodeOptions,
  OnProgress,
  Outcome,
  Precision,
  Reading,
  ReadManyOptions,
  ReadOptions,
  RecognizerOptions,
} from './types.ts';

/** A picture on its way to the network. */
export interface Prepared {
  readonly region: Region;
  readonly input: FittedInput;
  readonly decodeMs: number;
  readonly prepareMs: number;
}

/** Reads words in pictures. Made by `createRecognizer`. */
export class Recognizer implements AsyncDisposable {
  private readonly alphabet: Alphabet;
  private queue: Promise<unknown> = Promise.resolve();
  private end: Promise<void> | undefined;
  private pages: Promise<Recognizer> | undefined;

  /** @internal */
  constructor(
    private network: Network,
    /** Opens the network again after its device was lost; undefined where the device is the caller's. */
    private readonly reopen: (() => Promise<Network>) | undefined,
    /** What the model file says of itself. */
    readonly info: ModelInfo,
    /** Opens what reads pages, where that is another model. */
    private readonly openPages?: () => Promise<Recognizer>,
  ) {
    this.alphabet = new Alphabet(info.alphabet);
  }

  /** The GPU in use, or its software stand-in. */
  get adapter(): AdapterSummary {
    return this.network.device.adapter;
  }

  /** How the weights are stored on the GPU: 'f16' where it was asked for and the adapter has it. */
  get precision(): Precision {
    return this.network.half ? 'f16' : 'f32';
  }

  /**
   * Compiles and runs the network once for a batch size, so that the first read does not wait. A single read of several views is a batch of them.
   * @throws DeviceLostError, AbortedError
   */
  async warmup(batchSize = 1, options: { signal?: AbortSignal; progress?: OnProgress } = {}): Promise<void> {
    throwIfAborted(options.signal);
    checkCount('warmup', 'batchSize', batchSize);
    const { width, height } = this.info;
    const blank = normalised(new Uint8Array(width * height), width, this.info);
    await this.exclusive(async (network) => {
      for (const launch of network.plan(new Array(batchSize).fill(blank), batchSize))
        await network.run(launch, options.progress);
    });
    throwIfAborted(options.signal);
  }

  /**
   * Reads one word. A device that is lost meanwhile is opened again, once, and the read repeated.
   * @throws ImageError when the picture cannot be read, ArgumentError, AbortedError when the signal fired, DeviceLostError.
   */
  async read(input: ImageInput, options: ReadOptions = {}): Promise<Reading> {
    const plan = await this.plan(options);
    const prepared = await this.prepare(input, options);
    const [reading] = await this.run([prepared], 1, plan, options.signal);
    return reading;
  }

  /**
   * Reads many pictures in batches, in order. A picture that cannot be read gives its error in its place.
   * @throws ArgumentError, AbortedError when the signal fired, DeviceLostError.
   */
  async *readMany(
    inputs: Iterable<ImageInput> | AsyncIterable<ImageInput>,
    options: ReadManyOptions = {},
  ): AsyncGenerator<Outcome> {
    const plan = await this.plan(options);
    const { signal } = options;
    // Readers of single words do without this code.
    const { readInBatches } = await import('./batches.ts');
    yield* readInBatches(inputs, options, {
      prepare: (input) => this.prepare(input, { signal }),
      run: (items, size) => this.run(items, size, plan, signal),
    });
  }

  /**
   * Finds the lines of a clean scan or a screenshot and reads them in order: whole lines with a line model, word by word with a word model.
   * The model is `pageModel` of the recogniser's options. Scenes are not read: `lines` is then empty and `reason` says why.
   * @throws ImageError when the picture cannot be read, AbortedError when the signal fired, DeviceLostError; at the first page what
   * `createRecognizer` throws.
   */
  async readPage(input: ImageInput, options: ReadPageOptions = {}): Promise<PageReading> {
    if (this.end) throw disposed();
    if (this.openPages) return (await this.pageReader(this.openPages, options.signal)).readPage(input, options);
    // Readers of single words do without this code.
    const { readPage } = await import('./page/index.ts');
    const readMany = this.readMany.bind(this);
    return readPage({ reads: this.info.reads ?? 'word', readMany }, input, options);
  }

  /** One for all pages: who stops waiting for it does not stop it for the others. */
  private pageReader(open: () => Promise<Recognizer>, signal?: AbortSignal): Promise<Recognizer> {
    this.pages ??= open().catch((error: unknown) => {
      // One that failed is opened anew by the next page.
      this.pages = undefined;
      throw error;
    });
    return unlessAborted(this.pages, signal);
  }

  /** Ends the recogniser; its tensors and (if it opened one) its device go with it. */
  dispose(): Promise<void> {
    this.end ??= this.close();
    return this.end;
  }

  private async close(): Promise<void> {
    await this.queue.catch(() => undefined);
    await (await this.pages?.catch(() => undefined))?.dispose();
    await this.network.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Checks the options before any picture is decoded; the searches are loaded for those who ask for one. */
  private async plan(options: DecodeOptions): Promise<Plan> {
    const { topK, beamWidth, outsideFactor, lexicon, languageModel, alphabet, views, posteriors = false } = options;
    if ((topK ?? beamWidth ?? outsideFactor ?? lexicon ?? languageModel ?? alphabet ?? views) !== undefined)
      return (await import('./plan.ts')).planOf(options, this.alphabet, this.info);
    return { decode: (rows) => bestPath(rows, this.alphabet), posteriors };
  }

  private async prepare(input: ImageInput, options: ReadOptions): Promise<Prepared> {
    throwIfAborted(options.signal);
    const start = performance.now();
    const whole = await toGrey(input, options.signal);
    throwIfAborted(options.signal);
    const decoded = performance.now();
    const image = legible(options.region ? crop(whole, options.region) : whole, options.region ? 'region' : 'image');
    const region = {
      x: options.region ? Math.max(0, Math.floor(options.region.x)) : 0,
      y: options.region ? Math.max(0, Math.floor(options.region.y)) : 0,
      width: image.width,
      height: image.height,
    };
    const fitted = this.network.fit(image);
    // Characters are placed by the width of the input; paper added on the right is no part of the picture.
    const span = { ...region, width: (region.width * fitted.width) / fitted.filled };
    return { region: span, input: fitted, decodeMs: decoded - start, prepareMs: performance.now() - decoded };
  }

  private async run(
    items: readonly Prepared[],
    batch: number,
    plan: Plan,
    signal: AbortSignal | undefined,
  ): Promise<Reading[]> {
    throwIfAborted(signal);
    const { views } = plan;
    const count = views?.count ?? 1;
    const inputs = items.flatMap((p) => views?.of(p.input) ?? p.input);
    const parts = inputs.map((): Part[] => []);
    const networkMs = new Float64Array(items.length);
    for (const launch of this.network.plan(inputs, batch > 1 ? batch : count)) {
      let start = 0;
      const done = await this.exclusive((network) => {
        start = performance.now();
        return network.run(launch);
      });
      throwIfAborted(signal);
      const ms = performance.now() - start;
      for (const part of done) parts[part.piece.of].push(part);
      for (const of of new Set(done.map((part) => Math.floor(part.piece.of / count)))) networkMs[of] += ms;
    }
    return items.map(({ region, decodeMs, prepareMs }, i) => {
      const from = performance.now();
      const outputs = parts.slice(i * count, (i + 1) * count).map((p) => this.network.join(p));
      const reading = toReading(views?.mean(outputs) ?? outputs[0], region, plan);
      const timing = { decodeMs, prepareMs, networkMs: networkMs[i], searchMs: performance.now() - from };
      return { ...reading, timing, adapter: this.adapter.description };
    });
  }

  /** One batch at a time: recorded steps are shared. A lost device is opened again once. */
  private exclusive<T>(work: (network: Network) => Promise<T>): Promise<T> {
    if (this.end) return Promise.reject(disposed());
    const attempt = async (): Promise<T> => {
      try {
        return await work(this.network);
      } catch (error) {
        if (!(error instanceof DeviceLostError) || !this.reopen) throw error;
        await this.replaceNetwork(this.reopen, error);
        return work(this.network);
      }
    };
    const next = this.queue.then(attempt, attempt);
    this.queue = next.catch(() => undefined);
    return next;
  }

  private async replaceNetwork(reopen: () => Promise<Network>, loss: DeviceLostError): Promise<void> {
    const lost = this.network;
    try {
      this.network = await reopen();
    } catch (cause) {
      throw new DeviceLostError(`${loss.message}; opening it again failed: ${(cause as Error).message}`, {
        hint: 'Wait for the graphics driver, or restart the program.',
        cause,
      });
    }
    // What is left of it went with its device; nothing of its end matters any more.
    await lost.dispose().catch(() => undefined);
  }
}

function disposed(): DisposedError {
  return new DisposedError('recognizer: already disposed', { hint: 'Create another.' });
}

/** What is awaited, or AbortedError as soon as the signal fires. */
function unlessAborted<T>(wanted: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return wanted;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new AbortedError('read: aborted', { cause: signal.reason }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    wanted.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError('read: aborted', { cause: signal.reason });
}

/**
 * Opens a recogniser: loads the model, opens the adapter, checks that it computes what it should.
 * @throws NoWebGpuError, FormatError (BAD_MODEL, FORMAT), LexelError (INTEGRITY, SELF_CHECK), AbortedError
 */
export async function createRecognizer(options: RecognizerOptions = {}): Promise<Recognizer> {
  const { signal, progress, device, precision } = options;
  throwIfAborted(signal);
  // Before a model is fetched that nothing could run.
  if (!device) await findGpu();
  const { model, pageModel = model ?? PAGE_MODEL } = options;
  const file = await openModel(model ?? WORD_MODEL, options);
  throwIfAborted(signal);
  const network = await Network.open(file, options);
  try {
    throwIfAborted(signal);
    if (!options.skipSelfCheck) await network.selfCheck(progress);
    throwIfAborted(signal);
    // The hash given is the word model's.
    const others = { device, precision, skipSelfCheck: options.skipSelfCheck, progress };
    const openPages =
      pageModel === (model ?? WORD_MODEL) ? undefined : () => createRecognizer({ ...others, model: pageModel });
    return new Recognizer(network, device ? undefined : () => Network.open(file, { precision }), file.info, openPages);
  } catch (error) {
    await network.dispose();
    throw error;
  }
}
