import { expect } from 'vitest';
import type { Attrs, CheckCase } from '../../src/check/cases/index.ts';
import type { Tolerance } from '../../src/check/conformance.ts';
import { random, seedOf } from '../../src/check/random.ts';
import { map, type NdArray, ndarray } from '../../src/check/reference/ndarray.ts';
import {
  describeFailure,
  fromTable,
  type HostTensor,
  type RunnableCase,
  runCase,
  type Wanted,
} from '../../src/check/run.ts';
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

async function run(device: Device, c: RunnableCase): Promise<void> {
  const result = await runCase(device, c);
  expect(result.ok, `${c.id}: ${describeFailure(result)}`).toBe(true);
}

/** Runs an op through its public function and compares values and shapes. */
export async function check(device: Device, r: Run): Promise<void> {
  const host = (v: NdArray, dtype: HostTensor['dtype'] = 'f32'): HostTensor => ({
    dtype,
    shape: v.shape,
    data: v.data,
  });
  const each = <T>(from: Readonly<Record<string, NdArray>>, f: (v: NdArray, name: string) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(from).map(([name, v]) => [name, f(v, name)]));
  await run(device, {
    id: r.op,
    op: r.op,
    attrs: r.attrs,
    inputs: each(r.inputs, (v, name) => host(v, r.integers?.includes(name) ? 'i32' : 'f32')),
    cotangents: each(r.cotangents ?? {}, (v) => host(v)),
    wanted: each(r.expected, (v, name): Wanted => {
      const input = name.startsWith('d') ? name.slice(1) : '';
      return { shape: v.shape, data: v.data, tol: r.tol[name], wrt: r.inputs[input] ? input : undefined };
    }),
  });
}

/** A case of the table against the float64 oracle, forward and gradient. */
export async function checkCase(device: Device, c: CheckCase): Promise<void> {
  await run(device, fromTable(c));
}
