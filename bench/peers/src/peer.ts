/** What an engine under test looks like, and how the process that holds it is spoken to. */
import type { Workload } from './workloads.ts';

/** What an engine says of itself. */
export interface Opened {
  readonly version: string;
  /** Adapter, or processor and threads. */
  readonly device: string;
}

/** A workload ready to be run, with its inputs where the engine computes. */
export interface Prepared {
  /** Milliseconds of one run: `runs` are queued one after another, then the last one's results are read back. */
  sample(runs: number): Promise<number>;
  dispose(): void | Promise<void>;
  /** What differs from the others' work; shown below the table. */
  readonly note?: string;
}

export interface Peer {
  readonly name: string;
  /** @throws with the reason why it cannot run here. */
  available(): Promise<Opened>;
  /** @throws Unsupported where the engine has no such operation. */
  run(workload: Workload): Promise<Prepared>;
  close?(): Promise<void>;
}

/** An operation that an engine does not have: an empty cell, not a failure. */
export class Unsupported extends Error {
  override name = 'Unsupported';
}

/** A run that can be repeated. */
export interface Steps<T> {
  /** Queues one run. */
  queue(): T | Promise<T>;
  /** Waits for its results and copies them to the host. */
  read(result: T): Promise<unknown>;
  /** Makes sure that a run whose result nobody reads is made all the same; only lazy engines need it. */
  force?(result: T): Promise<unknown>;
  drop?(result: T): void;
}

/** Times `runs` of it. */
export async function timeRuns<T>(steps: Steps<T>, runs: number): Promise<number> {
  const start = performance.now();
  let last = await steps.queue();
  for (let i = 1; i < runs; i++) {
    await steps.force?.(last);
    steps.drop?.(last);
    last = await steps.queue();
  }
  await steps.read(last);
  const ms = (performance.now() - start) / runs;
  steps.drop?.(last);
  return ms;
}

export type Request =
  | { readonly do: 'open' }
  | { readonly do: 'run'; readonly workload: Workload }
  | { readonly do: 'sample'; readonly runs: number }
  | { readonly do: 'stop' };

export interface Reply {
  /** Why the request failed. */
  readonly reason?: string;
  readonly unsupported?: boolean;
  readonly opened?: Opened;
  readonly note?: string;
  /** Of a sample; of `run`, that of the last warm-up. */
  readonly ms?: number;
}

/** Compiling takes less than this, so that a first run of more would not fit into a sample twice. */
const SLOW_MS = 4000;

/** Answers requests with a peer; never throws. */
export function serve(peer: Peer): (request: Request) => Promise<Reply> {
  let prepared: Prepared | undefined;
  const stop = async () => {
    const before = prepared;
    prepared = undefined;
    await before?.dispose();
  };
  const answer = async (request: Request): Promise<Reply> => {
    switch (request.do) {
      case 'open':
        return { opened: await peer.available() };
      case 'run': {
        await stop();
        prepared = await peer.run(request.workload);
        // The first run compiles and touches fresh pages. A second one tells how often a sample should run it, unless
        // it is slow for certain.
        const first = await prepared.sample(1);
        const ms = first > SLOW_MS ? first : await prepared.sample(1);
        return { ms, note: prepared.note };
      }
      case 'sample':
        return prepared ? { ms: await prepared.sample(request.runs) } : { reason: 'nothing is prepared' };
      case 'stop':
        await stop();
        return {};
    }
  };
  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      const reason = firstLine(error instanceof Error ? error.message : String(error));
      return { reason, unsupported: error instanceof Unsupported };
    }
  };
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0].slice(0, 300);
}
