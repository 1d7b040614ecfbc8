import {
  concat,
  flip,
  gru,
  lstm,
  permute,
  type RecurrentWeights,
  reshape,
  slice,
  type Tensor,
} from '../../autograd/index.ts';
import { numberOf, type OnnxNode, unsupported } from './onnx.ts';

/** Rows of a stack of gates [G*H, ..] in another order. */
function reordered(w: Tensor, order: readonly number[]): Tensor {
  const each = w.shape[0] / order.length;
  return concat(
    order.map((g) => slice(w, 0, g * each, (g + 1) * each)),
    0,
  );
}

/** Drops a leading dimension of one. */
const first = (t: Tensor, d: number) => reshape(slice(t, 0, d, d + 1), t.shape.slice(1));

function weightsOf(n: OnnxNode, d: number, order: readonly number[]): RecurrentWeights {
  const b = n.optional(3);
  const bias = b && first(b, d);
  const half = bias ? bias.size / 2 : 0;
  return {
    weightIh: reordered(first(n.input(1), d), order),
    weightHh: reordered(first(n.input(2), d), order),
    biasIh: bias && reordered(slice(bias, 0, 0, half), order),
    biasHh: bias && reordered(slice(bias, 0, half, 2 * half), order),
  };
}

function checkOptions(n: OnnxNode, op: string): void {
  if (numberOf(n.attrs, 'layout', 0) !== 0) throw unsupported(`${op} with the batch first`);
  if (n.attrs.clip !== undefined) throw unsupported(`${op} with a clip`);
  if (n.attrs.activations !== undefined) throw unsupported(`${op} with other activations`);
  if (numberOf(n.attrs, 'input_forget', 0) !== 0) throw unsupported(`${op} with coupled gates`);
  const T = n.input(0).shape[0];
  if (n.ints(4)?.some((length) => length !== T)) throw unsupported(`${op} with sequences of other lengths`);
  if (n.optional(7)) throw unsupported(`${op} with peepholes`);
}

/** Y [T, D, B, H] of y [T, B, D*H]. */
function outer(y: Tensor, D: number): Tensor {
  const [T, B, width] = y.shape;
  return permute(reshape(y, [T, B, D, width / D]), [0, 2, 1, 3]);
}

/** Runs one layer in the directions asked for; a lone reverse direction runs forward over time turned around. */
function run<R extends { y: Tensor }>(
  n: OnnxNode,
  order: readonly number[],
  layer: (x: Tensor, w: RecurrentWeights & { reverse?: RecurrentWeights }) => R,
): { y: Tensor; rest: R } {
  const direction = n.attrs.direction ?? 'forward';
  const both = direction === 'bidirectional';
  const turn = (t: Tensor) => (direction === 'reverse' ? flip(t, 0) : t);
  const reverse = both ? weightsOf(n, 1, order) : undefined;
  const rest = layer(turn(n.input(0)), { ...weightsOf(n, 0, order), reverse });
  return { y: outer(turn(rest.y), both ? 2 : 1), rest };
}

/** ONNX stacks its gates i, o, f, c; PyTorch i, f, g, o. */
export function onnxLstm(n: OnnxNode): readonly Tensor[] {
  checkOptions(n, 'LSTM');
  const { y, rest } = run(n, [0, 2, 3, 1], (x, w) => lstm(x, w, { h0: n.optional(5), c0: n.optional(6) }));
  return [y, rest.hn, rest.cn];
}

/** ONNX stacks its gates z, r, h; PyTorch r, z, n. */
export function onnxGru(n: OnnxNode): readonly Tensor[] {
  checkOptions(n, 'GRU');
  if (numberOf(n.attrs, 'linear_before_reset', 0) !== 1 && n.optional(3)?.size !== 0)
    throw unsupported('GRU that resets before the product (linear_before_reset = 0)');
  const { y, rest } = run(n, [1, 0, 2], (x, w) => gru(x, w, { h0: n.optional(5) }));
  return [y, rest.hn];
}
