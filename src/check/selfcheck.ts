/** Every op on the device at hand, forward and gradient, against the float64 oracle: `lexel doctor`, and a page's own check. */
import type { Device } from '../gpu/index.ts';
import { forceVariant, hasBlocks, KERNELS, takeOffered, type VariantName, variantsOf } from '../kernels/index.ts';
import { casesOf, OP_CHECKS } from './cases/index.ts';
import { type CaseResult, describeFailure, fromTable, type RunnableCase, runCase } from './run.ts';

/** What became of one op in one variant. */
export interface OpReport {
  readonly op: string;
  /** `any` where the op has no variants. */
  readonly variant: VariantName | 'any';
  readonly cases: number;
  /** Whether gradients were among what was compared. */
  readonly gradient: boolean;
  /** Largest share of a tolerance that was used up: at most 1 when ok. */
  readonly used: number;
  readonly ok: boolean;
  /** Failed cases by name, each with what is wrong. */
  readonly failures: readonly { readonly name: string; readonly problem: string }[];
}

export interface SelfCheckOptions {
  /** Ops to check; all by default. */
  readonly ops?: readonly string[];
  /** Also the cases that are too slow for a software GPU. */
  readonly all?: boolean;
}

async function runCases(
  device: Device,
  op: string,
  cases: readonly RunnableCase[],
  variant: OpReport['variant'],
): Promise<OpReport> {
  const failures: { name: string; problem: string }[] = [];
  let used = 0;
  let gradient = false;
  for (const c of cases) {
    const name = c.id.slice(op.length + 1);
    let result: CaseResult;
    try {
      result = await runCase(device, c);
    } catch (error) {
      failures.push({ name, problem: error instanceof Error ? error.message.split('\n')[0] : String(error) });
      used = Number.POSITIVE_INFINITY;
      continue;
    }
    used = Math.max(used, result.used);
    gradient ||= result.outcomes.some((o) => o.kind === 'grad');
    if (!result.ok) failures.push({ name, problem: describeFailure(result) });
  }
  return { op, variant, cases: cases.length, gradient, used, ok: failures.length === 0, failures };
}

/** Runs the cases of every op; those of ops that have variants once in each variant that this device can run. */
export async function* checkOps(device: Device, options: SelfCheckOptions = {}): AsyncGenerator<OpReport> {
  const [first] = variantsOf(device);
  try {
    for (const { op } of OP_CHECKS) {
      if (options.ops && !options.ops.includes(op)) continue;
      if (op === 'half' && !device.raw.features.has('shader-f16')) continue;
      const cases = casesOf(op, { quick: options.all !== true }).map(fromTable);
      forceVariant(device, first);
      takeOffered(device);
      const report = await runCases(device, op, cases, first);
      const others = takeOffered(device).filter((v) => v !== first);
      yield others.length > 0 ? report : { ...report, variant: 'any' };
      for (const variant of others) {
        forceVariant(device, variant);
        yield await runCases(device, op, cases, variant);
      }
    }
  } finally {
    forceVariant(device, undefined);
  }
}

/** Kernels that nothing has launched on this device yet; those for subgroups only where it has any. */
export function untouchedKernels(device: Device): string[] {
  const touched = device.pipelines.kernels;
  const able = variantsOf(device).includes('subgroup');
  const blocks = hasBlocks(device, 'conv2d_3x3');
  const halves = device.raw.features.has('shader-f16');
  return Object.values(KERNELS)
    .filter(
      (k) =>
        !touched.has(k.name) &&
        (able || !k.subgroups) &&
        (blocks || !/^(conv2d|matmul|lstm)_tiles$/.test(k.name)) &&
        (halves || k !== KERNELS.half),
    )
    .map((k) => k.name);
}
