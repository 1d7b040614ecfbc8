import {
  abs,
  add,
  argmax,
  concat,
  crossEntropy,
  div,
  dropoutGivenMask,
  embedding,
  exp,
  flip,
  gelu,
  hardswish,
  leakyRelu,
  log,
  logSoftmax,
  mapToSequence,
  matmul,
  max,
  mean,
  mseLoss,
  mul,
  neg,
  permute,
  relu,
  reshape,
  sigmoid,
  silu,
  slice,
  softmax,
  sqrt,
  square,
  stack,
  sub,
  sum,
  Tensor,
  tanh,
  transpose,
} from '../../autograd/index.ts';
import type { Adapter } from './adapter.ts';
import { type Call, evaluate, FormulaError, type Range, type Value } from './formula.ts';

type Attrs = Readonly<Record<string, unknown>>;
type Tensors = Readonly<Record<string, Tensor>>;

function numberIn(attrs: Attrs, names: readonly string[], otherwise: number): number {
  for (const name of names) if (typeof attrs[name] === 'number') return attrs[name];
  return otherwise;
}

function listIn(attrs: Attrs, names: readonly string[]): number[] | undefined {
  for (const name of names) {
    const v = attrs[name];
    if (typeof v === 'number') return [v];
    if (Array.isArray(v)) return v.map(Number);
  }
  return undefined;
}

/** The first tensor of these names that is there. */
function pick(tensors: Tensors, names: readonly string[], op: string): Tensor {
  for (const name of names) if (tensors[name]) return tensors[name];
  throw new TypeError(`${op}: the case has none of ${names.join(', ')}`);
}

function integers(tensors: Tensors, op: string): Tensor {
  const found = Object.values(tensors).find((t) => t.dtype === 'i32');
  if (!found) throw new TypeError(`${op}: the case has no integer input`);
  return found;
}

/** The parts of a concat in the order of their names: a, b, c or x0 .. x10. */
function parts(tensors: Tensors): Tensor[] {
  return Object.entries(tensors)
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, t]) => t);
}

function unary(f: (x: Tensor) => Tensor): Adapter {
  return ({ x }) => ({ y: f(x) });
}

function binary(f: (a: Tensor, b: Tensor) => Tensor): Adapter {
  return ({ a, b }) => ({ y: f(a, b) });
}

function reduceOptions(attrs: Attrs) {
  return {
    dims: listIn(attrs, ['dim', 'dims', 'axis', 'axes']),
    keepdim: attrs.keepdim === true || attrs.keepdim === 1,
  };
}

function loss(y: Tensor): Record<string, Tensor> {
  return { y, loss: y };
}

const sliceAdapter: Adapter = ({ x }, attrs) => {
  const starts = listIn(attrs, ['start', 'starts', 'begin']) ?? [0];
  const ends = listIn(attrs, ['end', 'ends', 'stop']) ?? [];
  const steps = listIn(attrs, ['step', 'steps']) ?? [];
  const dims = listIn(attrs, ['dim', 'dims', 'axes']) ?? starts.map((_, d) => d);
  let y = x;
  dims.forEach((dim, i) => {
    const length = typeof attrs.length === 'number' ? starts[i] + attrs.length : Number.POSITIVE_INFINITY;
    y = slice(y, dim, starts[i] ?? 0, ends[i] ?? length, steps[i] ?? 1);
  });
  return { y };
};

const givenMask: Adapter = ({ x, mask }, attrs) => {
  // In evaluation dropout is the identity.
  const off = attrs.training === false || attrs.train === false || !mask;
  return { y: off ? reshape(x, x.shape) : dropoutGivenMask(x, mask, numberIn(attrs, ['p'], 0.5)) };
};

function isTensor(v: Value | undefined): v is Tensor {
  return v instanceof Tensor;
}

/** The formula's arithmetic: tensors through public ops, numbers as scalars of the same device. */
function operators(like: Tensor) {
  const tensor = (v: Value | undefined): Tensor => {
    if (isTensor(v)) return v;
    if (typeof v === 'number') return Tensor.from(like.device, [v], []);
    throw new FormulaError('formula: expected a tensor');
  };
  const numbers = (v: Value | undefined): number[] | undefined => {
    if (typeof v === 'number') return [v];
    return Array.isArray(v) ? v.flatMap((n: Value) => numbers(n) ?? []) : undefined;
  };
  const tensorList = (args: readonly Value[]): Tensor[] => {
    const flat = args.flatMap((v) => (Array.isArray(v) ? (v as readonly Value[]) : [v]));
    return flat.filter(isTensor);
  };
  const one =
    (f: (x: Tensor) => Tensor): Call =>
    ([x]) =>
      f(tensor(x));
  const two =
    (f: (a: Tensor, b: Tensor) => Tensor): Call =>
    ([a, b]) =>
      f(tensor(a), tensor(b));
  const reduced =
    (f: typeof sum): Call =>
    ([x, dim, keep], named) =>
      f(tensor(x), {
        dims: numbers(named.dim ?? named.dims ?? named.axis ?? dim),
        keepdim: (named.keepdim ?? keep) === true,
      });
  const along =
    (f: (x: Tensor, dim?: number) => Tensor): Call =>
    ([x, dim], named) =>
      f(tensor(x), numbers(named.dim ?? dim)?.[0] ?? -1);
  const joined =
    (f: typeof concat): Call =>
    (args, named) =>
      f(tensorList(args), numbers(named.dim ?? args.find((v) => typeof v === 'number'))?.[0] ?? 0);
  const rest = (args: readonly Value[]) => numbers(args.slice(1)) ?? [];
  const shaped: Call = (args) => reshape(tensor(args[0]), rest(args));
  const permuted: Call = (args) => permute(tensor(args[0]), rest(args));
  const swapped: Call = ([x, i, j]) => {
    const t = tensor(x);
    const order = t.shape.map((_, d) => d);
    const [u, v] = [i, j].map((d, k) =>
      typeof d === 'number' ? (d + order.length) % order.length : order.length - 2 + k,
    );
    [order[u], order[v]] = [order[v], order[u]];
    return permute(t, order);
  };
  const detach = one((x) => x.detach());
  const functions: Record<string, Call> = {
    relu: one(relu),
    leaky_relu: ([x, slope]) => leakyRelu(tensor(x), typeof slope === 'number' ? slope : 0.01),
    sigmoid: one(sigmoid),
    tanh: one(tanh),
    gelu: one(gelu),
    silu: one(silu),
    hardswish: one(hardswish),
    exp: one(exp),
    log: one(log),
    sqrt: one(sqrt),
    square: one(square),
    neg: one(neg),
    abs: one(abs),
    add: two(add),
    sub: two(sub),
    mul: two(mul),
    div: two(div),
    matmul: two(matmul),
    mm: two(matmul),
    sum: reduced(sum),
    mean: reduced(mean),
    max: reduced(max),
    amax: reduced(max),
    softmax: along(softmax),
    log_softmax: along(logSoftmax),
    concat: joined(concat),
    cat: joined(concat),
    stack: joined(stack),
    reshape: shaped,
    view: shaped,
    permute: permuted,
    transpose: swapped,
    T: one(transpose),
    t: one(transpose),
    flip: (args, named) => flip(tensor(args[0]), numbers(named.dims ?? named.dim) ?? rest(args)),
    detach,
    stop_gradient: detach,
  };
  const binaryOp = (op: string, a: Value, b: Value): Value => {
    if (op === '**') {
      if (b === 2) return square(tensor(a));
      if (b === 0.5) return sqrt(tensor(a));
      if (typeof b !== 'number' || !Number.isInteger(b) || b < 1)
        throw new FormulaError(`formula: power ${b} is not supported`);
      let y = tensor(a);
      for (let i = 1; i < b; i++) y = mul(y, tensor(a));
      return y;
    }
    if (typeof a === 'number' && typeof b === 'number')
      return { '+': a + b, '-': a - b, '*': a * b, '/': a / b }[op] ?? Number.NaN;
    if (op === '@') return matmul(tensor(a), tensor(b));
    const f = { '+': add, '-': sub, '*': mul, '/': div }[op];
    if (!f) throw new FormulaError(`formula: unknown operator ${op}`);
    return f(tensor(a), tensor(b));
  };
  const index = (x: Value, ranges: readonly (number | Range)[]): Value => {
    let y = tensor(x);
    const gone: number[] = [];
    ranges.forEach((r, d) => {
      if (typeof r !== 'number') {
        if (r.start !== undefined || r.end !== undefined || r.step !== undefined)
          y = slice(y, d, r.start ?? 0, r.end, r.step);
        return;
      }
      const at = r < 0 ? r + y.shape[d] : r;
      y = slice(y, d, at, at + 1);
      gone.push(d);
    });
    if (gone.length === 0) return y;
    return reshape(
      y,
      y.shape.filter((_, d) => !gone.includes(d)),
    );
  };
  return { functions, binary: binaryOp, index };
}

const graph: Adapter = (tensors, attrs) => {
  const formula = attrs.graph ?? attrs.formula;
  if (typeof formula !== 'string') throw new FormulaError('graph: attrs.graph must be a formula');
  const made = evaluate(formula, tensors, operators(Object.values(tensors)[0]));
  return Object.fromEntries(Object.entries(made).filter((e): e is [string, Tensor] => isTensor(e[1])));
};

/** Conformance ops of the suites nn_misc and autograd. */
export const elementary: Record<string, Adapter> = {
  relu: unary(relu),
  leaky_relu: ({ x }, attrs) => ({
    y: leakyRelu(x, numberIn(attrs, ['negative_slope', 'slope', 'alpha'], 0.01)),
  }),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  gelu: unary(gelu),
  silu: unary(silu),
  hardswish: unary(hardswish),
  exp: unary(exp),
  log: unary(log),
  sqrt: unary(sqrt),
  square: unary(square),
  neg: unary(neg),
  abs: unary(abs),
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div),
  sum: ({ x }, attrs) => ({ y: sum(x, reduceOptions(attrs)) }),
  mean: ({ x }, attrs) => ({ y: mean(x, reduceOptions(attrs)) }),
  max: ({ x }, attrs): Record<string, Tensor> => {
    const options = reduceOptions(attrs);
    const y = max(x, options);
    if (options.dims?.length !== 1) return { y };
    const indices = argmax(x.detach(), options.dims[0], options.keepdim);
    return { y, values: y, indices };
  },
  argmax: ({ x }, attrs) => {
    const { dims, keepdim } = reduceOptions(attrs);
    const y = dims ? argmax(x.detach(), dims[0], keepdim) : argmax(reshape(x.detach(), [-1]), 0);
    return { y, indices: y };
  },
  softmax: ({ x }, attrs) => ({ y: softmax(x, numberIn(attrs, ['dim', 'axis'], -1)) }),
  log_softmax: ({ x }, attrs) => ({ y: logSoftmax(x, numberIn(attrs, ['dim', 'axis'], -1)) }),
  dropout_given_mask: givenMask,
  dropout: givenMask,
  embedding: (tensors) => ({
    y: embedding(integers(tensors, 'embedding'), pick(tensors, ['weight', 'w', 'table', 'x'], 'embedding')),
  }),
  permute: ({ x }, attrs) => ({ y: permute(x, listIn(attrs, ['dims', 'perm', 'dim']) ?? []) }),
  map_to_sequence: ({ x }) => ({ y: mapToSequence(x) }),
  concat: (tensors, attrs) => ({ y: concat(parts(tensors), numberIn(attrs, ['dim', 'axis'], 0)) }),
  stack: (tensors, attrs) => ({ y: stack(parts(tensors), numberIn(attrs, ['dim', 'axis'], 0)) }),
  slice: sliceAdapter,
  flip: ({ x }, attrs) => ({ y: flip(x, listIn(attrs, ['dims', 'dim', 'axis']) ?? [0]) }),
  reshape: ({ x }, attrs) => ({ y: reshape(x, listIn(attrs, ['shape']) ?? []) }),
  mse_loss: (tensors) =>
    loss(
      mseLoss(
        pick(tensors, ['x', 'input', 'pred', 'a'], 'mse_loss'),
        pick(tensors, ['target', 't', 'b', 'y'], 'mse_loss'),
      ),
    ),
  cross_entropy: (tensors) =>
    loss(crossEntropy(pick(tensors, ['x', 'logits', 'input'], 'cross_entropy'), integers(tensors, 'cross_entropy'))),
  graph,
  accumulate: graph,
};
