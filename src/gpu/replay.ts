import type { Prepared } from './commands.ts';
import { DisposedError } from './errors.ts';

/** A step recorded once: running it costs no tape, no shape rules and no allocation. */
export interface Replay<T> {
  /** What the body returned; its tensors hold the latest run's values. */
  readonly value: T;
  /** Kernel dispatches of one run. */
  readonly dispatches: number;
  /** The same by kernel name, in the order of their first dispatch. */
  kernels(): Map<string, number>;
  /** Queues one run; resolves when it is submitted and its error scopes are clean. */
  run(): Promise<void>;
  dispose(): void;
}

/** A recorded body: `run` queues its commands, `end` disposes what it reserved. */
export function replayOf<T>(
  value: T,
  list: Prepared,
  run: (list: Prepared) => Promise<void>,
  end: () => void,
): Replay<T> {
  let prepared: Prepared | undefined = list;
  const labels = list.items.flatMap((i) => (i.kind === 'dispatch' ? [i.label] : []));
  return {
    value,
    dispatches: labels.length,
    kernels: () => {
      const counts = new Map<string, number>();
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
      return counts;
    },
    run: () => {
      if (!prepared) throw new DisposedError('replay: already disposed');
      return run(prepared);
    },
    dispose: () => {
      if (!prepared) return;
      prepared = undefined;
      end();
    },
  };
}
