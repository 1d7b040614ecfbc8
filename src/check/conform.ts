/**
 * Runs a folder of conformance cases (CONFORMANCE.md) on a device and reports each: the heart of `lexel conform`. Files come through a
 * function, so it runs in browsers too.
 */
import { type Device, LexelError } from '../gpu/index.ts';
import { onnxAdapter } from './adapters/onnx.ts';
import { type ConformanceCase, loadSuite, type ReadFile } from './conformance.ts';
import { type CaseResult, describeFailure, fromConformance, hasOp, NoSuchOpError, runCase } from './run.ts';

export type Verdict = 'passed' | 'failed' | 'unsupported';

/** What became of one case. */
export interface CaseReport {
  readonly suite: string;
  readonly id: string;
  readonly op: string;
  readonly verdict: Verdict;
  readonly optional: boolean;
  /** Error over PyTorch's own, the largest of the case. */
  readonly ratio?: number;
  /** Largest share of a tolerance used up. */
  readonly used?: number;
  /** Why it failed, or what is unsupported. */
  readonly detail?: string;
}

interface Counts {
  passed: number;
  failed: number;
  unsupported: number;
}

export interface Summary extends Counts {
  readonly optional: Counts;
  readonly ratio: { readonly median: number | null; readonly p90: number | null; readonly max: number | null };
  readonly bySuite: Readonly<Record<string, Counts>>;
}

/** Runs every case of one suite of tensors, in order. @throws ConformanceError where its files are not as declared. */
export async function* runSuite(device: Device, dir: string, name: string, read: ReadFile): AsyncGenerator<CaseReport> {
  const { suite, cases } = await loadSuite(dir, name, read);
  for (const c of cases) yield await reportCase(device, suite, c);
}

/** Runs one case; whatever goes wrong is its verdict. */
export async function reportCase(device: Device, suite: string, c: ConformanceCase): Promise<CaseReport> {
  const base = { suite, id: c.id, op: c.op, optional: c.tags.includes('optional') };
  const onnx = hasOp(c.op) ? undefined : onnxAdapter(c);
  if (!onnx && !hasOp(c.op)) return { ...base, verdict: 'unsupported', detail: `op ${c.op}` };
  let result: CaseResult;
  try {
    result = await runCase(device, fromConformance(c), onnx);
  } catch (error) {
    if (error instanceof NoSuchOpError) return { ...base, verdict: 'unsupported', detail: `op ${error.op}` };
    const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
    if (error instanceof LexelError && error.code === 'UNSUPPORTED')
      return { ...base, verdict: 'unsupported', detail: text };
    // Infinite or NaN input: a refusal that says so is as good as an answer.
    if (c.tags.includes('nonfinite-input') && error instanceof LexelError && error.code === 'NON_FINITE')
      return { ...base, verdict: 'passed', detail: `refused: ${text}` };
    return { ...base, verdict: 'failed', detail: text };
  }
  const { ratio, used } = result;
  if (result.ok) return { ...base, verdict: 'passed', ratio, used };
  return { ...base, verdict: 'failed', ratio, used, detail: describeFailure(result) };
}

const zero = (): Counts => ({ passed: 0, failed: 0, unsupported: 0 });

/** Counts and ratios of a run. Cases tagged `optional` are counted apart; their ratios do not count. */
export function summarise(reports: readonly CaseReport[]): Summary {
  const total = zero();
  const optional = zero();
  const bySuite: Record<string, Counts> = {};
  const ratios: number[] = [];
  for (const r of reports) {
    bySuite[r.suite] ??= zero();
    bySuite[r.suite][r.verdict]++;
    (r.optional ? optional : total)[r.verdict]++;
    if (r.ratio !== undefined && !r.optional) ratios.push(r.ratio);
  }
  ratios.sort((a, b) => a - b);
  const at = (q: number) => quantile(ratios, q);
  return { ...total, optional, ratio: { median: at(0.5), p90: at(0.9), max: at(1) }, bySuite };
}

/** By linear interpolation between neighbours, as NumPy does; null of nothing. */
export function quantile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
