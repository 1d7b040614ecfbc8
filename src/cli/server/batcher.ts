import { setTimeout as sleep } from 'node:timers/promises';
import type { DecodeOptions, Outcome, ReadManyOptions } from '../../ocr/index.ts';
import { RequestError } from './errors.ts';

/** What the server needs of a recogniser. */
export interface BatchReader {
  readMany(images: Iterable<Uint8Array>, options: ReadManyOptions): AsyncIterable<Outcome>;
}

/** How the text is found, as a request asks for it. */
export type RequestDecode = Pick<DecodeOptions, 'topK' | 'alphabet'>;

/** The pictures of a request, on their way. */
interface Asked {
  readonly decode: RequestDecode;
  readonly key: string;
  readonly outcomes: Outcome[];
  /** Pictures without an outcome. */
  missing: number;
  /** Whether nobody waits for it any more. */
  ended: boolean;
  settle(): void;
  fail(error: unknown): void;
}

/** A picture, and its place in its request. */
interface Waiting {
  readonly image: Uint8Array;
  readonly asked: Asked;
  readonly index: number;
}

export interface BatcherOptions {
  /** Pictures that the network takes at once. */
  readonly maxBatch: number;
  /** Pictures that may wait; more are refused. */
  readonly maxQueue: number;
  /** Options of every read, beside the request's own. */
  readonly decode?: DecodeOptions;
}

/** How long the first picture waits for company, in ms: far less than a read takes. */
const WINDOW_MS = 3;
/** How long the network should work on a batch at most, in ms: nothing stops it, whoever has gone and whoever comes. */
const NETWORK_MS = 250;

/** Joins pictures of concurrent requests into batches. While one is read, the next gathers. */
export class Batcher {
  private queue: Waiting[] = [];
  /** What is being read, and what stops it. */
  private current: { readonly batch: readonly Waiting[]; readonly stop: AbortController } | undefined;
  private working: Promise<void> | undefined;
  /** What the network has lately taken for a picture, in ms; 0 while that is unknown. */
  private pictureMs = 0;

  constructor(
    private readonly reader: BatchReader,
    private readonly options: BatcherOptions,
  ) {}

  /**
   * Reads the pictures of one request, in batches with those of others. All of them are taken or none.
   * @param signal once it fires, none of them is read any more; a batch that nobody else waits for is stopped
   * @returns for each picture, in order, its reading or its error
   * @throws RequestError BUSY when too many wait, what the signal was fired with, and what ends a whole batch
   */
  read(images: readonly Uint8Array[], decode: RequestDecode, signal: AbortSignal): Promise<Outcome[]> {
    if (this.queue.length + images.length > this.options.maxQueue)
      return Promise.reject(
        new RequestError(
          503,
          'BUSY',
          `serve: expected at most ${this.options.maxQueue} pictures to wait, got more`,
          'Try again in a moment.',
          { 'retry-after': '1' },
        ),
      );
    return new Promise((settle, fail) => {
      const leave = (): void => end(() => fail(signal.reason));
      const end = (tell: () => void): void => {
        signal.removeEventListener('abort', leave);
        asked.ended = true;
        this.drop(asked);
        tell();
      };
      const asked: Asked = {
        decode,
        key: JSON.stringify(decode),
        outcomes: new Array(images.length),
        missing: images.length,
        ended: false,
        settle: () => end(() => settle(asked.outcomes)),
        fail: (error) => end(() => fail(error)),
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave);
      images.forEach((image, index) => {
        this.queue.push({ image, asked, index });
      });
      this.working ??= this.work();
    });
  }

  /** Pictures that wait for their turn. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Resolves once nothing waits and nothing is read. */
  async idle(): Promise<void> {
    while (this.working) await this.working;
  }

  /** Takes a request that has ended out of the queue, and stops the batch if it was the last to wait for it. */
  private drop(asked: Asked): void {
    this.queue = this.queue.filter((w) => w.asked !== asked);
    if (this.current?.batch.every((w) => w.asked.ended)) this.current.stop.abort();
  }

  private async work(): Promise<void> {
    await sleep(WINDOW_MS);
    while (this.queue.length > 0) await this.readBatch(this.take());
    this.working = undefined;
  }

  /** The longest-waiting picture, and those after it that are read in the same way: as many as the network reads soon enough. */
  private take(): Waiting[] {
    const { key } = this.queue[0].asked;
    const soon = 2 ** Math.floor(Math.log2(Math.max(1, NETWORK_MS / this.pictureMs)));
    const batch = this.queue.filter((w) => w.asked.key === key).slice(0, Math.min(this.options.maxBatch, soon));
    const taken = new Set(batch);
    this.queue = this.queue.filter((w) => !taken.has(w));
    return batch;
  }

  /** One slow batch, which had to compile first or was disturbed, makes the next ones half as large, not tiny. */
  private learn(ms: number): void {
    if (ms === 0) return;
    this.pictureMs = this.pictureMs === 0 ? ms : Math.min(ms, 2 * this.pictureMs);
  }

  private async readBatch(batch: readonly Waiting[]): Promise<void> {
    const stop = new AbortController();
    this.current = { batch, stop };
    // Powers of two: each size is a recorded step of its own, and a batch is padded to its size.
    const batchSize = Math.min(this.options.maxBatch, 2 ** Math.ceil(Math.log2(batch.length)));
    const given: Waiting[] = [];
    try {
      let next = 0;
      let networkMs = 0;
      for await (const outcome of this.reader.readMany(stillWanted(batch, given), {
        ...this.options.decode,
        ...batch[0].asked.decode,
        batchSize,
        signal: stop.signal,
      })) {
        const { asked, index } = given[next++];
        asked.outcomes[index] = outcome;
        if (!outcome.error) networkMs = Math.max(networkMs, outcome.timing.networkMs);
        if (--asked.missing === 0) asked.settle();
      }
      this.learn(networkMs / batchSize);
    } catch (error) {
      for (const { asked } of batch) asked.fail(error);
    }
    this.current = undefined;
  }
}

/** The pictures that somebody waits for at the moment of their turn; they are added to `given`. */
function* stillWanted(batch: readonly Waiting[], given: Waiting[]): Generator<Uint8Array> {
  for (const waiting of batch)
    if (!waiting.asked.ended) {
      given.push(waiting);
      yield waiting.image;
    }
}
