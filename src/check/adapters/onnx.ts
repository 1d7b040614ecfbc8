/** Node tests of the ONNX project, through public ops: attributes as in ONNX, tensors in0, in1, ... and out0, out1, ... */

import type { Tensor } from '../../autograd/index.ts';
import * as ops from '../../autograd/index.ts';
import { UnsupportedError } from '../../gpu/index.ts';
import type { ConformanceCase } from '../conformance.ts';
import type { Adapter } from './adapter.ts';
import { onnxGru, onnxLstm } from './onnx_recurrent.ts';
import { onnxConv, onnxMaxPool } from './onnx_windows.ts';

type Attrs = Readonly<Record<string, unknown>>;

/** A node on its way: inputs by position, integers also on the host. */
export interface OnnxNode {
  readonly attrs: Attrs;
  /** Input `i`. @throws UnsupportedError when it is absent */
  input(i: number): Tensor;
  optional(i: number): Tensor | undefined;
  /** An integer input's values. */
  ints(i: number): number[] | undefined;
}

/** Outputs in order; undefined for one that has no counterpart here. */
export type OnnxOp = (n: OnnxNode) => readonly (Tensor | undefined)[];

export function unsupported(what: string): UnsupportedError {
  return new UnsupportedError(`onnx ${what} is not supported`);
}

export function numberOf(attrs: Attrs, name: string, otherwise: number): number {
  const v = attrs[name];
  return typeof v === 'number' ? v : typeof v === 'boolean' ? Number(v) : otherwise;
}

export function listOf(attrs: Attrs, name: string): number[] | undefined {
  const v = attrs[name];
  return Array.isArray(v) ? v.map(Number) : undefined;
}

const unary =
  (f: (x: Tensor) => Tensor): OnnxOp =>
  (n) => [f(n.input(0))];

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): OnnxOp =>
  (n) => [f(n.input(0), n.input(1))];

function inputs(n: OnnxNode): Tensor[] {
  const all: Tensor[] = [];
  for (let t = n.optional(0); t; t = n.optional(all.length)) all.push(t);
  return all;
}

const reduced =
  (f: typeof ops.sum): OnnxOp =>
  (n) => {
    const dims = n.ints(1) ?? listOf(n.attrs, 'axes');
    if (dims?.length === 0 || (!dims && numberOf(n.attrs, 'noop_with_empty_axes', 0) === 1))
      return numberOf(n.attrs, 'noop_with_empty_axes', 0) === 1 ? [n.input(0)] : [f(n.input(0), keep(n))];
    return [f(n.input(0), { dims, ...keep(n) })];
  };

const keep = (n: OnnxNode) => ({ keepdim: numberOf(n.attrs, 'keepdims', 1) === 1 });

const wrap = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

function sliced(n: OnnxNode): readonly Tensor[] {
  const starts = n.ints(1) ?? listOf(n.attrs, 'starts') ?? [];
  const ends = n.ints(2) ?? listOf(n.attrs, 'ends') ?? [];
  const axes = n.ints(3) ?? listOf(n.attrs, 'axes') ?? starts.map((_, i) => i);
  const steps = n.ints(4) ?? starts.map(() => 1);
  let y = n.input(0);
  axes.forEach((axis, i) => {
    if (steps[i] < 1) throw unsupported('Slice with a negative step');
    y = ops.slice(y, axis, starts[i], ends[i] >= y.shape[wrap(axis, y.shape.length)] ? undefined : ends[i], steps[i]);
  });
  return [y];
}

function reshaped(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const shape = n.ints(1) ?? listOf(n.attrs, 'shape') ?? [];
  const copies = numberOf(n.attrs, 'allowzero', 0) === 0;
  return [
    ops.reshape(
      x,
      shape.map((d, i) => (d === 0 && copies ? x.shape[i] : d)),
    ),
  ];
}

function squeezed(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const axes = (n.ints(1) ?? listOf(n.attrs, 'axes'))?.map((a) => wrap(a, x.shape.length));
  return [
    ops.reshape(
      x,
      x.shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)),
    ),
  ];
}

function unsqueezed(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const axes = n.ints(1) ?? listOf(n.attrs, 'axes') ?? [];
  const rank = x.shape.length + axes.length;
  const made = axes.map((a) => wrap(a, rank));
  const rest = [...x.shape];
  return [
    ops.reshape(
      x,
      Array.from({ length: rank }, (_, i) => (made.includes(i) ? 1 : (rest.shift() ?? 1))),
    ),
  ];
}

function flattened(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const axis = wrap(numberOf(n.attrs, 'axis', 1), x.shape.length);
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  return [ops.reshape(x, [rows, x.size / Math.max(rows, 1)])];
}

function gemm(n: OnnxNode): readonly Tensor[] {
  const trans = { transA: numberOf(n.attrs, 'transA', 0) === 1, transB: numberOf(n.attrs, 'transB', 0) === 1 };
  const scaled = (t: Tensor, by: number) => (by === 1 ? t : ops.mul(t, scalar(t, by)));
  const y = scaled(ops.matmul(n.input(0), n.input(1), trans), numberOf(n.attrs, 'alpha', 1));
  const c = n.optional(2);
  return [c ? ops.add(y, scaled(c, numberOf(n.attrs, 'beta', 1))) : y];
}

function scalar(like: Tensor, value: number): Tensor {
  return ops.Tensor.from(like.device, [value], []);
}

function matmul(n: OnnxNode): readonly Tensor[] {
  const [a, b] = [n.input(0), n.input(1)];
  if (a.shape.length >= 2 && b.shape.length >= 2) return [ops.matmul(a, b)];
  const left = a.shape.length === 1 ? ops.reshape(a, [1, -1]) : a;
  const right = b.shape.length === 1 ? ops.reshape(b, [-1, 1]) : b;
  const y = ops.matmul(left, right);
  const rank = y.shape.length;
  const gone = [...(a.shape.length === 1 ? [rank - 2] : []), ...(b.shape.length === 1 ? [rank - 1] : [])];
  return [
    ops.reshape(
      y,
      y.shape.filter((_, i) => !gone.includes(i)),
    ),
  ];
}

function batchNorm(n: OnnxNode): readonly Tensor[] {
  const training = numberOf(n.attrs, 'training_mode', 0) === 1;
  const [runningMean, runningVar] = [n.input(3), n.input(4)];
  // ONNX keeps the biased variance in the running one, PyTorch and this engine the unbiased one.
  const options = { training, eps: numberOf(n.attrs, 'epsilon', 1e-5), runningMean, runningVar };
  const y = ops.batchnorm2d(n.input(0), n.input(1), n.input(2), {
    ...options,
    momentum: 1 - numberOf(n.attrs, 'momentum', 0.9),
  });
  if (!training) return [y];
  throw unsupported('BatchNormalization in training mode (its running variance is biased)');
}

function layerNorm(n: OnnxNode): readonly Tensor[] {
  const x = n.input(0);
  const axis = wrap(numberOf(n.attrs, 'axis', -1), x.shape.length);
  const eps = numberOf(n.attrs, 'epsilon', 1e-5);
  return [ops.layernorm(x, n.input(1), n.optional(2), { normalizedShape: x.shape.slice(axis), eps })];
}

function gather(n: OnnxNode): readonly Tensor[] {
  if (numberOf(n.attrs, 'axis', 0) !== 0 || n.input(0).shape.length !== 2)
    throw unsupported('Gather but of table rows');
  if (n.ints(1)?.some((i) => i < 0)) throw unsupported('Gather with a negative index');
  return [ops.embedding(n.input(1), n.input(0))];
}

function pow(n: OnnxNode): readonly Tensor[] {
  throw unsupported(`Pow of ${n.input(0).shape.length} dimensions`);
}

function dropout(n: OnnxNode): readonly Tensor[] {
  if (n.optional(2)) throw unsupported('Dropout in training mode');
  return [n.input(0)];
}

function argmax(n: OnnxNode): readonly Tensor[] {
  if (numberOf(n.attrs, 'select_last_index', 0) === 1) throw unsupported('ArgMax with select_last_index');
  return [ops.argmax(n.input(0), numberOf(n.attrs, 'axis', 0), keep(n).keepdim)];
}

function gelu(n: OnnxNode): readonly Tensor[] {
  if (n.attrs.approximate === 'tanh') throw unsupported('Gelu by tanh');
  return [ops.gelu(n.input(0))];
}

const overImage =
  (f: typeof ops.mean): OnnxOp =>
  (n) => {
    const x = n.input(0);
    return [f(x, { dims: x.shape.map((_, d) => d).slice(2), keepdim: true })];
  };

const OPS: Readonly<Record<string, OnnxOp>> = {
  Relu: unary(ops.relu),
  LeakyRelu: (n) => [ops.leakyRelu(n.input(0), numberOf(n.attrs, 'alpha', 0.01))],
  Sigmoid: unary(ops.sigmoid),
  Tanh: unary(ops.tanh),
  Gelu: gelu,
  HardSwish: unary(ops.hardswish),
  Exp: unary(ops.exp),
  Log: unary(ops.log),
  Sqrt: unary(ops.sqrt),
  Neg: unary(ops.neg),
  Abs: unary(ops.abs),
  Add: binary(ops.add),
  Sub: binary(ops.sub),
  Mul: binary(ops.mul),
  Div: binary(ops.div),
  Pow: pow,
  Sum: (n) => [inputs(n).reduce((a, b) => ops.add(a, b))],
  Mean: (n) => {
    const all = inputs(n);
    return [
      ops.div(
        all.reduce((a, b) => ops.add(a, b)),
        scalar(all[0], all.length),
      ),
    ];
  },
  MatMul: matmul,
  Gemm: gemm,
  Conv: onnxConv,
  MaxPool: onnxMaxPool,
  GlobalAveragePool: overImage(ops.mean),
  GlobalMaxPool: overImage(ops.max),
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  Softmax: (n) => [ops.softmax(n.input(0), numberOf(n.attrs, 'axis', -1))],
  LogSoftmax: (n) => [ops.logSoftmax(n.input(0), numberOf(n.attrs, 'axis', -1))],
  ReduceSum: reduced(ops.sum),
  ReduceMean: reduced(ops.mean),
  ReduceMax: reduced(ops.max),
  ReduceSumSquare: (n) => reduced(ops.sum)({ ...n, input: (i) => (i === 0 ? ops.square(n.input(0)) : n.input(i)) }),
  ArgMax: argmax,
  Transpose: (n) => {
    const x = n.input(0);
    return [ops.permute(x, listOf(n.attrs, 'perm') ?? x.shape.map((_, d) => d).reverse())];
  },
  Concat: (n) => [ops.concat(inputs(n), numberOf(n.attrs, 'axis', 0))],
  Slice: sliced,
  Reshape: reshaped,
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Flatten: flattened,
  Identity: unary((x) => x.detach()),
  Dropout: dropout,
  Gather: gather,
  LSTM: onnxLstm,
  GRU: onnxGru,
};

/** The ONNX operator of a case: its op, with or without `onnx` before it, or an attribute of an op called `onnx`. */
function operatorOf(c: ConformanceCase): string {
  const named = c.raw.op_type ?? c.attrs.op_type ?? c.raw.node;
  if (/^onnx(_node)?$/i.test(c.op) && typeof named === 'string') return named;
  return c.op.replace(/^onnx[^A-Za-z]*/i, '');
}

/** The adapter of an ONNX case; undefined where there is no such op. */
export function onnxAdapter(c: ConformanceCase): Adapter | undefined {
  const op = OPS[operatorOf(c)];
  if (!op || !Object.keys(c.tensors).some((name) => /^out\d+$/.test(name))) return undefined;
  return (tensors, attrs, { host }) => {
    const node: OnnxNode = {
      attrs,
      input(i) {
        const t = tensors[`in${i}`];
        if (!t) throw unsupported(`${c.op} without input ${i}`);
        return t;
      },
      optional: (i) => tensors[`in${i}`],
      ints: (i) => (host[`in${i}`] ? Array.from(host[`in${i}`]) : undefined),
    };
    const out: Record<string, Tensor> = {};
    op(node).forEach((t, i) => {
      if (t) out[`out${i}`] = t;
    });
    return out;
  };
}
