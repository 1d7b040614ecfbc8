/** Deterministic inputs: the same case gives the same float32 values on every machine. */
import { random, seedOf } from '../random.ts';
import { type NdArray, ndarray } from '../reference/ndarray.ts';
import type { CheckCase, InputSpec } from './types.ts';

/** Values of one tensor, drawn from the seed that `name` hashes to, each exactly representable in float32. */
export function makeInput(name: string, spec: InputSpec): NdArray {
  const { shape, kind, scale = 1, offset = 0, low = kind === 'mask' ? 0.5 : -1, high = 1, values } = spec;
  if (kind === 'values') return ndarray(shape, values);
  const rng = random(seedOf(name));
  const draw: Record<Exclude<typeof kind, 'values'>, () => number> = {
    normal: () => offset + scale * rng.normal(),
    uniform: () => low + (high - low) * rng.uniform(),
    positive: () => scale * (0.5 + 2 * rng.uniform()),
    sign: () => scale * (0.5 + 2 * rng.uniform()) * (rng.uniform() < 0.5 ? -1 : 1),
    integers: () => Math.floor(low + (high - low) * rng.uniform()),
    mask: () => (rng.uniform() < low ? 1 : 0),
    zeros: () => 0,
    ones: () => 1,
  };
  const next = draw[kind];
  const out = ndarray(shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.fround(next());
  return out;
}

export function makeInputs(c: CheckCase): Record<string, NdArray> {
  const inputs: Record<string, NdArray> = {};
  for (const [name, spec] of Object.entries(c.inputs)) inputs[name] = makeInput(`${c.op}/${c.name}/${name}`, spec);
  return inputs;
}
