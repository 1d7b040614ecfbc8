import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DataError } from '../errors.ts';
import type { FontSplit } from './fonts.ts';
import { DEFAULT_SYNTH, type SynthParams } from './params.ts';
import type { SynthBatch, SynthSetup, WorkerReply } from './protocol.ts';

/** The alphabet of the MJSynth models. */
export const SYNTH_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Options of {@link SynthStream}; all but the first three have defaults. */
export interface SynthStreamOptions {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Renderer processes; default: one less than the cores, at least 1. */
  readonly workers?: number;
  readonly params?: SynthParams;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly alphabet?: string;
  /** Share of words made of digits. Default 0.001, as among MJSynth's; of a word list 0. */
  readonly digitShare?: number;
  /** A file with one word a line, drawn in place of the English ones; `minLength` is then 1 by default, `maxLength` 24. */
  readonly words?: string;
  /** Time steps of the network that is to learn them; words that need more are left out. */
  readonly steps?: number;
  readonly fonts?: FontSplit;
  /** A folder whose typefaces words are drawn with too: a folder a family, with files of TrueType, OpenType, WOFF or WOFF2. */
  readonly fontFolder?: string;
  /** Lines of text instead of words; `width` is then the widest, `minLength` is 1 and `maxLength` 64 by default. */
  readonly lines?: boolean;
  /** Batches rendered before they are asked for. */
  readonly aheadBatches?: number;
  /** Words after which a process is replaced: Skia frees pixel buffers late. */
  readonly recycleAfter?: number;
}

interface Job {
  readonly id: number;
  readonly start: number;
  readonly count: number;
  readonly promise: Promise<SynthBatch>;
  readonly resolve: (batch: SynthBatch) => void;
  readonly reject: (error: Error) => void;
  crashes: number;
  /** True once batch() has handed out its promise: such a job is never dropped. */
  claimed: boolean;
}

interface Worker {
  readonly child: ChildProcess;
  job: Job | undefined;
  words: number;
}

/** The compiled worker; from .ts sources (vitest) the one in dist, since a fork has no loader for TypeScript. */
function workerFile(): string {
  const beside = fileURLToPath(new URL('./worker.js', import.meta.url));
  const built = beside.replace(/([\\/])src([\\/]train[\\/]data[\\/]synth[\\/])/, '$1dist$2');
  const file = [beside, built].find((path) => existsSync(path));
  if (file === undefined) throw new DataError('WORKER_FAILED', `${built} is missing: run \`npm run build\` first.`);
  return file;
}

/** Full setup of a stream from its options. @throws DataError BAD_OPTION */
export function synthSetup(options: SynthStreamOptions): SynthSetup {
  const setup: SynthSetup = {
    seed: options.seed,
    width: options.width,
    height: options.height,
    params: options.params ?? DEFAULT_SYNTH,
    minLength: options.minLength ?? (options.lines || options.words !== undefined ? 1 : 4),
    maxLength: options.maxLength ?? (options.lines ? 64 : options.words !== undefined ? 24 : 12),
    alphabet: options.alphabet ?? SYNTH_ALPHABET,
    digitShare: options.digitShare ?? (options.words === undefined ? 0.001 : 0),
    fonts: options.fonts ?? 'train',
    lines: options.lines ?? false,
    fontFolder: options.fontFolder,
    words: options.words,
    steps: options.steps,
  };
  if (setup.lines && setup.fontFolder !== undefined)
    throw new DataError('BAD_OPTION', 'SynthStream: fontFolder is for words; lines have typefaces of their own.');
  if (setup.lines && setup.words !== undefined)
    throw new DataError('BAD_OPTION', 'SynthStream: a word list is for words; lines are made of texts of their own.');
  if (!(setup.digitShare >= 0 && setup.digitShare <= 1))
    throw new DataError('BAD_OPTION', `SynthStream: digitShare is a number from 0 to 1, got ${setup.digitShare}.`);
  for (const name of ['width', 'height', 'minLength'] as const) {
    if (!Number.isInteger(setup[name]) || setup[name] < 1) {
      throw new DataError('BAD_OPTION', `SynthStream: ${name} is a positive integer, got ${setup[name]}.`);
    }
  }
  if (!(setup.maxLength >= setup.minLength)) {
    throw new DataError('BAD_OPTION', `SynthStream: maxLength ${setup.maxLength} < minLength ${setup.minLength}.`);
  }
  return setup;
}

/**
 * Words rendered by child processes ahead of the consumer. Batches are asked for in increasing order; any other order
 * works but waits. Sample i depends only on (seed, i), so a resumed run sees the same words.
 */
export class SynthStream {
  readonly setup: SynthSetup;
  readonly #file = workerFile();
  readonly #ahead: number;
  readonly #recycleAfter: number;
  readonly #limit: number;
  readonly #workers = new Set<Worker>();
  #queue: Job[] = [];
  #jobs = new Map<string, Job>();
  #nextId = 0;
  #closed = false;

  /** @throws DataError BAD_OPTION, WORKER_FAILED where the compiled worker is missing */
  constructor(options: SynthStreamOptions) {
    this.setup = synthSetup(options);
    this.#limit = Math.max(1, options.workers ?? availableParallelism() - 1);
    this.#ahead = Math.max(0, options.aheadBatches ?? Math.max(4, 2 * this.#limit));
    this.#recycleAfter = options.recycleAfter ?? 50_000;
  }

  /**
   * Samples `startIndex` to `startIndex + count - 1`; starts rendering the next batches of the same size.
   * @throws DataError what the renderer throws (NO_CANVAS, NO_FONTS, NO_DICTIONARY, NO_WORDS, RENDER_FAILED); WORKER_FAILED where a
   * process died twice over the batch or reports another error; CLOSED
   */
  batch(startIndex: number, count: number): Promise<SynthBatch> {
    if (this.#closed) return Promise.reject(new DataError('CLOSED', 'SynthStream: batch() after close().'));
    const first = this.#request(startIndex, count);
    first.claimed = true;
    // A batch is handed out once; what a jump left behind is not rendered.
    this.#jobs.delete(this.#key(startIndex, count));
    const wanted = new Map<string, Job>();
    for (let k = 1; k <= this.#ahead; k++) {
      const start = startIndex + k * count;
      wanted.set(this.#key(start, count), this.#request(start, count));
    }
    this.#jobs = wanted;
    const kept = new Set(wanted.values());
    this.#queue = this.#queue.filter((job) => job.claimed || kept.has(job));
    this.#pump();
    return first.promise;
  }

  /** Ends the processes; pending batches are rejected with CLOSED. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const error = new DataError('CLOSED', 'SynthStream: closed while rendering.');
    const workers = [...this.#workers];
    for (const job of this.#queue) job.reject(error);
    for (const worker of workers) worker.job?.reject(error);
    this.#queue = [];
    this.#jobs.clear();
    this.#workers.clear();
    await Promise.all(
      workers.map(
        ({ child }) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            child.once('exit', () => resolve());
            child.kill('SIGKILL');
          }),
      ),
    );
  }

  #key(start: number, count: number): string {
    return `${start}:${count}`;
  }

  #request(start: number, count: number): Job {
    const key = this.#key(start, count);
    const known = this.#jobs.get(key);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = deferred<SynthBatch>();
    // A prefetched batch nobody comes for must not end the process with an unhandled rejection.
    promise.catch(() => {});
    const job: Job = { id: this.#nextId++, start, count, promise, resolve, reject, crashes: 0, claimed: false };
    this.#jobs.set(key, job);
    this.#queue.push(job);
    return job;
  }

  #pump(): void {
    while (!this.#closed && this.#queue.length > 0) {
      let idle = [...this.#workers].find((worker) => worker.job === undefined);
      if (idle === undefined && this.#workers.size < this.#limit) idle = this.#start();
      const job = idle === undefined ? undefined : this.#queue.shift();
      if (idle === undefined || job === undefined) return;
      idle.job = job;
      idle.words += job.count;
      idle.child.send({ id: job.id, setup: this.setup, start: job.start, count: job.count });
    }
  }

  #start(): Worker {
    // execArgv is emptied: a debugger port or vitest's loader must not be inherited.
    const child = fork(this.#file, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const worker: Worker = { child, job: undefined, words: 0 };
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr = (stderr + String(chunk)).slice(-2000);
    });
    child.on('message', (message) => this.#receive(worker, message as WorkerReply));
    child.on('error', (error) => this.#lost(worker, `cannot run: ${error.message}`));
    child.on('exit', (code, signal) => this.#lost(worker, `ended with ${signal ?? `code ${code}`}. ${stderr.trim()}`));
    this.#workers.add(worker);
    return worker;
  }

  #receive(worker: Worker, reply: WorkerReply): void {
    const job = worker.job;
    if (job === undefined || job.id !== reply.id) return;
    worker.job = undefined;
    if (reply.ok) job.resolve({ images: reply.images, labels: reply.labels, widths: reply.widths });
    else if (reply.code !== undefined) job.reject(new DataError(reply.code, reply.message));
    else job.reject(new DataError('WORKER_FAILED', `The word renderer reports: ${reply.message}`));
    if (worker.words >= this.#recycleAfter) {
      this.#workers.delete(worker);
      worker.child.disconnect();
    }
    this.#pump();
  }

  #lost(worker: Worker, how: string): void {
    this.#workers.delete(worker);
    const job = worker.job;
    worker.job = undefined;
    if (this.#closed || job === undefined) return;
    job.crashes++;
    if (job.crashes < 2) this.#queue.unshift(job);
    else {
      const what = `samples ${job.start} to ${job.start + job.count - 1}`;
      job.reject(new DataError('WORKER_FAILED', `The word renderer died twice over ${what}: it ${how}`));
    }
    this.#pump();
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
