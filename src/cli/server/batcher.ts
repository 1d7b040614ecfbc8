import { setTimeout as sleep } from 'node:timers/promises';
import type { DecodeOptions, Outcome, ReadManyOptions } from '../../ocr/index.ts';
import { RequestError } from './errors.ts';

/** What the server needs of a recogniser. */
export interface BatchReader {
  readMany(images: Iterable<Uint8Array>, options: ReadManyOptions): AsyncIterable<Outcome>;
}

/** How the text is found, as a request asks for it. */
export type RequestDecode = Pick<DecodeOptions, 'topK' | 'alphabet'>;

interface Waiting {
  readonly image: Uint8Array;
  readonly decode: RequestDecode;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
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

/** Joins pictures of concurrent requests into batches. While one is read, the next gathers. */
export class Batcher {
  private queue: Waiting[] = [];
  private working: Promise<void> | undefined;

  constructor(
    private readonly reader: BatchReader,
    private readonly options: BatcherOptions,
  ) {}

  /**
   * Reads one picture in a batch with others.
   * @param signal a picture whose signal fires before its turn is not read
   * @returns the reading, or the error of this picture
   * @throws RequestError BUSY when too many wait, what the signal was fired with, and what ends a whole batch
   */
  read(image: Uint8Array, decode: RequestDecode, signal: AbortSignal): Promise<Outcome> {
    if (this.queue.length >= this.options.maxQueue)
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
      if (signal.aborted) {
        fail(signal.reason);
        return;
      }
      const entry = { image, decode, key: JSON.stringify(decode), signal, settle, fail };
      signal.addEventListener(
        'abort',
        () => {
          this.queue = this.queue.filter((w) => w !== entry);
          fail(signal.reason);
        },
        { once: true },
      );
      this.queue.push(entry);
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

  private async work(): Promise<void> {
    await sleep(WINDOW_MS);
    while (this.queue.length > 0) await this.readBatch(this.take());
    this.working = undefined;
  }

  /** The longest-waiting picture, and those after it that are read in the same way. */
  private take(): Waiting[] {
    const { key } = this.queue[0];
    const batch = this.queue.filter((w) => w.key === key).slice(0, this.options.maxBatch);
    const taken = new Set(batch);
    this.queue = this.queue.filter((w) => !taken.has(w));
    return batch;
  }

  private async readBatch(batch: readonly Waiting[]): Promise<void> {
    // Powers of two: each size is a recorded step of its own, and a batch is padded to its size.
    const batchSize = Math.min(this.options.maxBatch, 2 ** Math.ceil(Math.log2(batch.length)));
    try {
      const images = batch.map((w) => w.image);
      let next = 0;
      for await (const outcome of this.reader.readMany(images, {
        ...this.options.decode,
        ...batch[0].decode,
        batchSize,
      }))
        batch[next++].settle(outcome);
    } catch (error) {
      for (const w of batch) w.fail(error);
    }
  }
}
