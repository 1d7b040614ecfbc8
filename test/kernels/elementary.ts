import { expect } from 'vitest';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { elementary } from '../../src/check/adapters/elementary.ts';
import { type Attrs, type CheckCase, expected, makeInputs } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import type { Tolerance } from '../../src/check/conformance.ts';
import { random, seedOf } from '../../src/check/random.ts';
import { map, type NdArray, ndarray } from '../../src/check/reference/ndarray.ts';
import type { Device } from '../../src/gpu/index.ts';

/** Float32-representable N(0, 1) values, the same on every machine. */
export function normal(name: string, shape: readonly number[]): NdArray {
  const rng = random(seedOf(name));
  return map(ndarray(shape), () => Math.fround(rng.normal()));
}

export interface Run {
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: Readonly<Record<string, NdArray>>;
  /** Inputs that are integers. */
  readonly integers?: readonly string[];
  /** Upstream gradients by output; backward runs when there are any. */
  readonly cotangents?: Readonly<Record<string, NdArray>>;
  /** Inputs whose gradient is asked for, and what everything must be: outputs by name, gradients under `d` + name. */
  readonly expected: Readonly<Record<string, NdArray>>;
  readonly tol: Readonly<Record<string, Tolerance>>;
}

/** Runs an op through its public function and compares values and shapes. */
export async function check(device: Device, run: Run): Promise<void> {
  const upload = (v: NdArray, integer = false, requiresGrad = false) =>
    Tensor.from(device, integer ? Int32Array.from(v.data) : Float32Array.from(v.data), v.shape, { requiresGrad });
  const tensors = Object.fromEntries(
    Object.entries(run.inputs).map(([name, v]) => {
      const integer = run.integers?.includes(name) ?? false;
      return [name, upload(v, integer, !integer && run.expected[`d${name}`] !== undefined)];
    }),
  );
  const adapter = elementary[run.op];
  if (!adapter) throw new Error(`${run.op}: no adapter`);
  const got = await device.step(() => {
    const outs = adapter(tensors, run.attrs, { device, host: {} });
    const roots = Object.entries(run.cotangents ?? {});
    if (roots.length > 0)
      backward(
        roots.map(([name]) => outs[name]),
        roots.map(([, v]) => upload(v)),
      );
    const grads = Object.entries(tensors).flatMap(([name, t]) => (t.grad ? [[`d${name}`, t.grad] as const] : []));
    return { ...outs, ...Object.fromEntries(grads) };
  });
  for (const [name, ref] of Object.entries(run.expected)) {
    expect(got[name]?.shape, `${name}: shape`).toEqual(ref.shape);
    expect(compare(await got[name].read(), ref.data, run.tol[name]), name).toMatchObject({ ok: true });
  }
  for (const t of [...Object.values(got), ...Object.values(tensors)]) t.dispose();
}

/** A case of the table against the float64 oracle, forward and gradient. */
export async function checkCase(device: Device, c: CheckCase): Promise<void> {
  const inputs = makeInputs(c);
  const e = expected(c, inputs);
  const cotangents = Object.fromEntries(Object.entries(e.cotangents).map(([name, v]) => [name.slice(1), v]));
  const integers = Object.keys(inputs).filter((name) => c.inputs[name].dtype === 'i32');
  const all = { ...e.outputs, ...e.grads };
  await check(device, { op: c.op, attrs: c.attrs, inputs, integers, cotangents, expected: all, tol: e.tol });
}
