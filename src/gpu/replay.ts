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
