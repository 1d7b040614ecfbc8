import type { Device } from '../gpu/index.ts';
import { VARIANTS, type VariantName } from '../kernels/index.ts';
import type { BenchCase, CaseInfo } from './case.ts';

export interface MeasureOptions {
  /** Samples of which the median counts. */
  readonly repeat: number;
  /** Time one sample should take at least: short cases are run many times in it. */
  readonly sampleMs?: number;
}

/** What one case took. */
export interface CaseResult extends CaseInfo {
  /** Median and least time of one run. */
  readonly ms: number;
  readonly minMs: number;
  /** Runs in one sample. */
  readonly runs: number;
  readonly dispatches: number;
  /** Dispatches of one run by kernel. */
  readonly kernels: Readonly<Record<string, number>>;
  /** Of the heavy kernels in it; undefined where a kernel has but one. */
  readonly variant: VariantName | undefined;
}

/** Kernels that have variants, by the portable one's name. */
const HEAVY =
  /^(matmul|conv2d|conv2d_backward_x|conv2d_backward_w|lstm|lstm_backward|gru|gru_backward)(_subgroup|_workgroup)?$/;
/** More runs in one submit would only keep the machine from its other work. */
const MAX_RUNS = 200;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Milliseconds from the submit of what `run` queues until the GPU has done it. */
export async function wallTime(device: Device, run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  await device.raw.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** Times `count` runs of `body` in one submit, `repeat` times. */
async function sample(device: Device, body: () => void, count: number, repeat: number): Promise<number[]> {
  const replay = await device.record(() => {
    for (let i = 0; i < count; i++) body();
  });
  try {
    // The first run pays for pages that were never touched.
    await wallTime(device, replay.run);
    const times: number[] = [];
    for (let i = 0; i < repeat; i++) times.push((await wallTime(device, replay.run)) / count);
    return times;
  } finally {
    replay.dispose();
  }
}

/**
 * Times a case: recorded once, warmed up, then the median of several replays, so that a run's share of overhead is
 * that of a recorded step.
 * @throws whatever the device reports.
 */
export async function measure(device: Device, bench: BenchCase, options: MeasureOptions): Promise<CaseResult> {
  const { repeat, sampleMs = 50 } = options;
  const run = bench.setup(device);
  try {
    const once = await device.record(run.run);
    const kernels = once.kernels();
    once.dispose();
    const body = () => {
      run.reset?.();
      run.run();
    };
    const [first] = await sample(device, body, 1, 1);
    const runs = Math.max(1, Math.min(MAX_RUNS, Math.ceil(sampleMs / Math.max(first, 1e-3))));
    const times = await sample(device, body, runs, repeat);
    // What restores the inputs is no part of the op.
    const extra = run.reset ? median(await sample(device, run.reset, runs, repeat)) : 0;
    const least = (ms: number) => Math.max(ms - extra, 1e-6);
    const { setup: _, ...info } = bench;
    return {
      ...info,
      ms: least(median(times)),
      minMs: least(Math.min(...times)),
      runs,
      dispatches: [...kernels.values()].reduce((a, b) => a + b, 0),
      kernels: Object.fromEntries(kernels),
      variant: variantOf([...kernels.keys()]),
    };
  } finally {
    run.dispose();
    await device.trim();
  }
}

function variantOf(kernels: readonly string[]): CaseResult['variant'] {
  if (!kernels.some((k) => HEAVY.test(k))) return undefined;
  return VARIANTS.find((v) => kernels.some((k) => k.endsWith(`_${v}`))) ?? 'portable';
}

/** GFLOP/s of a compute-bound case, GB/s of any other. */
export function rate(c: CaseResult): { value: number; unit: 'GFLOP/s' | 'GB/s' } {
  if (c.flops !== undefined) return { value: c.flops / c.ms / 1e6, unit: 'GFLOP/s' };
  return { value: (c.bytes ?? 0) / c.ms / 1e6, unit: 'GB/s' };
}
