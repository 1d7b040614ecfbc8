/** What a check case is, and how an op describes its own. */
import type { Tolerance } from '../conformance.ts';
import { map, type NdArray, type Shape } from '../reference/ndarray.ts';

export type { Tolerance };

export type AttrValue = number | boolean | string | readonly number[] | Readonly<Record<string, number>>;
export type Attrs = Readonly<Record<string, AttrValue>>;

/**
 * normal: offset + scale * N(0, 1), tails cut at 3.47; uniform: [low, high); positive: uniform on [0.5, 2.5) * scale; sign: +-[0.5, 2.5) * scale,
 * for divisors; integers: whole numbers in [low, high), full of ties; mask: 1 with probability `low`, else 0; values: as listed.
 */
export type InputKind = 'normal' | 'uniform' | 'positive' | 'sign' | 'integers' | 'mask' | 'values' | 'zeros' | 'ones';

export interface InputSpec {
  readonly shape: Shape;
  readonly kind: InputKind;
  readonly dtype: 'f32' | 'i32';
  readonly scale?: number;
  readonly offset?: number;
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly number[];
}

export type Tensors = Readonly<Record<string, NdArray>>;

export interface CheckCase {
  readonly op: string;
  /** The reason the case exists: one, odd, not_multiple_of_tile, ties, saturated, empty, ... Unique within an op. */
  readonly name: string;
  readonly attrs: Attrs;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Small enough for `lexel doctor`, which runs them all on a software GPU. */
  readonly quick: boolean;
  /** The inputs stand on a kink or a tie, where a difference quotient says nothing about the gradient. */
  readonly kink?: boolean;
  /** Ill-conditioned on purpose: the derived tolerance is large beside the result. */
  readonly hard?: boolean;
}

export interface Expected {
  readonly outputs: Tensors;
  /** d(sum over outputs of sum(output * cotangent)) / d input, under `d` + the input's name. Empty for an op without a gradient. */
  readonly grads: Tensors;
  /** Upstream gradients, under `d` + the output's name. */
  readonly cotangents: Tensors;
  /** For every output and every gradient, by its name. */
  readonly tol: Readonly<Record<string, Tolerance>>;
}

/** Everything that a tolerance may depend on. */
export interface Evaluated {
  readonly case: CheckCase;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly cotangents: Tensors;
  readonly grads: Tensors;
}

export interface OpCheck {
  readonly op: string;
  readonly cases: readonly CheckCase[];
  /** Outputs that carry a gradient; each gets a cotangent. */
  readonly differentiable: readonly string[];
  forward(c: CheckCase, inputs: Tensors): Record<string, NdArray>;
  /** Absent: the op has no gradient. */
  backward?(c: CheckCase, inputs: Tensors, cotangents: Tensors): Record<string, NdArray>;
  tolerances(e: Evaluated): Record<string, Tolerance>;
}

export function numberAttr(c: CheckCase, name: string, fallback?: number): number {
  const value = c.attrs[name] ?? fallback;
  if (typeof value !== 'number') throw new TypeError(`${c.op}/${c.name}: attribute ${name} must be a number`);
  return value;
}

export function flagAttr(c: CheckCase, name: string): boolean {
  return c.attrs[name] === true;
}

export function textAttr(c: CheckCase, name: string): string {
  const value = c.attrs[name];
  if (typeof value !== 'string') throw new TypeError(`${c.op}/${c.name}: attribute ${name} must be a string`);
  return value;
}

export function listAttr(c: CheckCase, name: string): readonly number[] {
  const value = c.attrs[name];
  if (!isList(value)) throw new TypeError(`${c.op}/${c.name}: attribute ${name} must be a list`);
  return value;
}

/** Array.isArray does not narrow readonly arrays. */
function isList(value: AttrValue | undefined): value is readonly number[] {
  return Array.isArray(value);
}

export function pairAttr(c: CheckCase, name: string): readonly [number, number] {
  const [first, second] = listAttr(c, name);
  return [first, second];
}

export function recordAttr(c: CheckCase, name: string): Readonly<Record<string, number>> {
  const value = c.attrs[name];
  if (typeof value !== 'object' || isList(value))
    throw new TypeError(`${c.op}/${c.name}: attribute ${name} must be a record`);
  return value;
}

type Extra = Partial<Omit<InputSpec, 'shape' | 'kind' | 'dtype'>>;

export function f32(shape: Shape, kind: InputKind = 'normal', extra: Extra = {}): InputSpec {
  return { shape, kind, dtype: 'f32', ...extra };
}

/** Whole numbers from -8 to 7: sums of their products are exact in float32. */
export function whole(shape: Shape): InputSpec {
  return f32(shape, 'integers', { low: -8, high: 8 });
}

export function i32(shape: Shape, values: readonly number[]): InputSpec {
  return { shape, kind: 'values', dtype: 'i32', values };
}

export function i32Range(shape: Shape, low: number, high: number): InputSpec {
  return { shape, kind: 'integers', dtype: 'i32', low, high };
}

/** The case with a ReLU fused behind the op. */
export function fused(c: CheckCase): CheckCase {
  return { ...c, attrs: { ...c.attrs, relu: true } };
}

export function maybeRelu(c: CheckCase, y: NdArray): NdArray {
  return flagAttr(c, 'relu') ? map(y, (v) => Math.max(v, 0)) : y;
}

/** The gradient before a fused ReLU: that behind it where y is positive. */
export function maskByRelu(c: CheckCase, forward: () => NdArray, dy: NdArray): NdArray {
  if (!flagAttr(c, 'relu')) return dy;
  const y = forward();
  return map(dy, (g, i) => (y.data[i] > 0 ? g : 0));
}
