/**
 * One way to run a case on a device, for `lexel doctor`, `lexel conform` and the test suite alike: named tensors go through the
 * public op behind the case's name, and every output and gradient is compared. No I/O, so it runs in browsers too.
 */
import { backward, Tensor } from '../autograd/index.ts';
import { type Device, type HostArray, LexelError, sameShape, showShape } from '../gpu/index.ts';
import { ADAPTERS, type Adapter, RUNNERS } from './adapters/index.ts';
import { type CheckCase, expected, makeInputs } from './cases/index.ts';
import { type Comparison, compare } from './compare.ts';
import type { ConformanceCase, TensorDtype, Tolerance } from './conformance.ts';

/** A tensor on the host, as a case stores it. */
export interface HostTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What a case expects of one output or gradient. */
export interface Wanted {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly tol: Tolerance;
  /** A gradient: the input it belongs to. */
  readonly wrt?: string;
  /** PyTorch's own float32 error. */
  readonly yardstick?: number;
  /** Elements that are not compared. */
  readonly skip?: (index: number) => boolean;
}

/** A case ready to run, whichever table it came from. */
export interface RunnableCase {
  readonly id: string;
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Upstream gradients, by output. */
  readonly cotangents: Readonly<Record<string, HostTensor>>;
  readonly wanted: Readonly<Record<string, Wanted>>;
}

export interface Outcome extends Comparison {
  readonly name: string;
  readonly kind: 'output' | 'grad';
  /** maxError over PyTorch's own; undefined where the case has none. */
  readonly ratio?: number;
  /** What is wrong, where values do not tell: a shape, or something missing. */
  readonly problem?: string;
}

export interface CaseResult {
  readonly id: string;
  readonly op: string;
  readonly ok: boolean;
  readonly outcomes: readonly Outcome[];
  /** Largest share of a tolerance that was used up: at most 1 when ok. */
  readonly used: number;
  /** Largest ratio of its outputs and gradients. */
  readonly ratio?: number;
}

/** A case names an op that Lexel does not have. */
export class NoSuchOpError extends LexelError {
  override name = 'NoSuchOpError';
  readonly op: string;
  constructor(op: string) {
    super(`${op}: lexel has no such op`, { code: 'NO_SUCH_OP' });
    this.op = op;
  }
}

export function hasOp(op: string): boolean {
  return Object.hasOwn(ADAPTERS, op) || Object.hasOwn(RUNNERS, op);
}

interface Got {
  readonly shape?: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Runs a case and compares everything it wants. @throws NoSuchOpError, and what the op throws. */
export async function runCase(
  device: Device,
  c: RunnableCase,
  adapter: Adapter | undefined = ADAPTERS[c.op],
): Promise<CaseResult> {
  const runner = RUNNERS[c.op];
  if (!adapter && !runner) throw new NoSuchOpError(c.op);
  const got: Record<string, Got> = adapter ? await runInStep(device, c, adapter) : {};
  if (!adapter) {
    const out = await runner(device, { op: c.op, attrs: c.attrs, tensors: c.inputs });
    for (const [name, data] of Object.entries(out)) got[name] = { data };
  }
  return judge(c, got);
}

/** The largest difference, and whether each is allowed, of everything a case wants. */
function judge(c: RunnableCase, got: Readonly<Record<string, Got>>): CaseResult {
  const infinite = c.op === 'ctc_loss';
  const outcomes = Object.entries(c.wanted).map(([name, want]): Outcome => {
    const kind = want.wrt === undefined ? 'output' : 'grad';
    const fail = (problem: string): Outcome => {
      const used = Number.POSITIVE_INFINITY;
      return { name, kind, ok: false, maxError: used, worst: -1, used, problem };
    };
    const value = got[name];
    if (!value) return fail('is missing');
    if (value.shape && !sameShape(value.shape, want.shape))
      return fail(`has shape ${showShape(value.shape)}, expected ${showShape(want.shape)}`);
    let data: ArrayLike<number> = value.data;
    // A finite 1e30 stands for an infinite loss.
    if (infinite && kind === 'output') data = Array.from(data, (v) => (v >= 1e30 ? Number.POSITIVE_INFINITY : v));
    const { skip } = want;
    let ref = want.data;
    if (skip && data.length === ref.length) {
      data = Array.from(data, (v, i) => (skip(i) ? 0 : v));
      ref = Array.from(ref, (v, i) => (skip(i) ? 0 : v));
    }
    const result = compare(data, ref, want.tol);
    return { name, kind, ...result, ratio: ratioOf(result, ref, want.yardstick) };
  });
  const ratios = outcomes.flatMap((o) => (o.ratio === undefined ? [] : [o.ratio]));
  return {
    id: c.id,
    op: c.op,
    ok: outcomes.every((o) => o.ok),
    outcomes,
    used: Math.max(0, ...outcomes.map((o) => o.used)),
    ratio: ratios.length > 0 ? Math.max(...ratios) : undefined,
  };
}

/**
 * Error over PyTorch's own. Where that was exactly zero, the yardstick is half a unit in the last place of the largest value:
 * the reference itself was rounded to float32 once.
 */
function ratioOf({ maxError }: Comparison, ref: ArrayLike<number>, yardstick: number | undefined): number | undefined {
  if (yardstick === undefined) return undefined;
  if (yardstick > 0) return maxError / yardstick;
  if (maxError === 0) return 0;
  let most = 0;
  for (let i = 0; i < ref.length; i++) if (Number.isFinite(ref[i])) most = Math.max(most, Math.abs(ref[i]));
  return most > 0 ? maxError / (most * 2 ** -24) : undefined;
}

function hostArray(name: string, t: HostTensor): HostArray {
  // A mask of bytes is arithmetic here; other bytes count or index.
  const integer = t.dtype === 'i32' || (t.dtype === 'u8' && name !== 'mask');
  return integer ? Int32Array.from(t.data) : Float32Array.from(t.data);
}

async function runInStep(device: Device, c: RunnableCase, adapter: Adapter): Promise<Record<string, Got>> {
  const wrt = new Map(Object.entries(c.wanted).flatMap(([name, w]) => (w.wrt === undefined ? [] : [[w.wrt, name]])));
  const tensors: Record<string, Tensor> = {};
  const host: Record<string, ArrayLike<number>> = {};
  for (const [name, t] of Object.entries(c.inputs)) {
    const data = hostArray(name, t);
    if (!(data instanceof Float32Array)) host[name] = data;
    tensors[name] = Tensor.from(device, data, t.shape, { requiresGrad: wrt.has(name), name });
  }
  try {
    const made = await device.step(() => {
      const outs = adapter(tensors, c.attrs, { device, host });
      const kept: Record<string, Tensor> = {};
      for (const [name, t] of Object.entries(outs)) if (c.wanted[name]) kept[name] = t;
      if (wrt.size > 0) seedAndRun(device, outs, c);
      for (const [input, name] of wrt) {
        const { grad } = tensors[input];
        if (grad) kept[name] = grad;
      }
      return kept;
    });
    const got: Record<string, Got> = {};
    const read = async ([name, t]: [string, Tensor]) => {
      got[name] = { shape: t.shape, data: await t.read() };
    };
    await Promise.all(Object.entries(made).map(read));
    for (const t of Object.values(made)) t.dispose();
    return got;
  } finally {
    for (const t of Object.values(tensors)) t.dispose();
  }
}

/** Backward from every output that has a cotangent; a lone loss needs none. */
function seedAndRun(device: Device, outs: Readonly<Record<string, Tensor>>, c: RunnableCase): void {
  const roots = Object.entries(c.cotangents).filter(([name]) => outs[name]?.requiresGrad);
  if (roots.length > 0) {
    backward(
      roots.map(([name]) => outs[name]),
      roots.map(([, g]) => Tensor.from(device, Float32Array.from(g.data), g.shape)),
    );
    return;
  }
  const loss = outs.loss ?? outs.y;
  if (loss?.requiresGrad && Object.keys(c.cotangents).length === 0) backward(loss);
}

/** A case of the table, with what the float64 oracle makes of it. */
export function fromTable(c: CheckCase): RunnableCase {
  const inputs = makeInputs(c);
  const e = expected(c, inputs);
  const wanted: Record<string, Wanted> = {};
  for (const [name, v] of Object.entries(e.outputs)) wanted[name] = { ...v, tol: e.tol[name] };
  for (const [name, v] of Object.entries(e.grads)) wanted[name] = { ...v, tol: e.tol[name], wrt: name.slice(1) };
  const host = ([name, v]: [string, { shape: readonly number[]; data: ArrayLike<number> }]): [string, HostTensor] => [
    name,
    { dtype: c.inputs[name]?.dtype ?? 'f32', shape: v.shape, data: v.data },
  ];
  return {
    id: `${c.op}/${c.name}`,
    op: c.op,
    attrs: c.attrs,
    inputs: Object.fromEntries(Object.entries(inputs).map(host)),
    cotangents: Object.fromEntries(Object.entries(e.cotangents).map(([name, v]) => host([name.slice(1), v]))),
    wanted,
  };
}

/** Where a conformance tensor comes without a tolerance: that of the ONNX project's own tests. */
const DEFAULT_TOLERANCE: Tolerance = { atol: 1e-7, rtol: 1e-3 };

/** A case of the conformance format. */
export function fromConformance(c: ConformanceCase): RunnableCase {
  const inputs: Record<string, HostTensor> = {};
  const cotangents: Record<string, HostTensor> = {};
  const wanted: Record<string, Wanted> = {};
  const unspecified = Array.isArray(c.raw.grad_unspecified_samples) ? c.raw.grad_unspecified_samples.map(Number) : [];
  for (const [name, t] of Object.entries(c.tensors)) {
    if (t.role === 'cotangent') cotangents[t.of ?? name.replace(/^g_/, '')] = t;
    else if (t.role === 'output' || t.role === 'grad') {
      const wrt = t.role === 'grad' ? (t.wrt ?? name.replace(/^grad_/, '')) : undefined;
      wanted[name] = {
        shape: t.shape,
        data: t.data,
        tol: t.tol ?? DEFAULT_TOLERANCE,
        wrt,
        yardstick: t.torchF32MaxErr,
        skip: wrt === 'logits' && unspecified.length > 0 ? inSamples(t.shape, unspecified) : undefined,
      };
    } else inputs[name] = t;
  }
  return { id: c.id, op: c.op, attrs: c.attrs, inputs, cotangents, wanted };
}

/** Whether a flat position of [T, N, C] lies in one of these samples. */
function inSamples([, N, C]: readonly number[], samples: readonly number[]): (index: number) => boolean {
  const listed = new Set(samples);
  return (index) => listed.has(Math.floor(index / C) % N);
}

/** The case's worst outcome in words, for a report. */
export function describeFailure(result: CaseResult): string {
  const bad = result.outcomes.filter((o) => !o.ok);
  return bad
    .map(
      (o) =>
        `${o.name} ${o.problem ?? `is off by ${o.maxError.toExponential(2)}, ${o.used.toPrecision(3)} times its tolerance, at ${o.worst}`}`,
    )
    .join('; ');
}
