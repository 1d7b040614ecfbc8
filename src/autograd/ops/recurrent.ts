import { lstm as lstmOp, recurrentPack } from '../../kernels/index.ts';
import { apply, noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';

/** Weights of one direction, in PyTorch's layout and gate order (LSTM: i, f, g, o; GRU: r, z, n); G is 4 or 3. */
export interface RecurrentWeights {
  /** [G*H, I] */
  readonly weightIh: Tensor;
  /** [G*H, H] */
  readonly weightHh: Tensor;
  /** [G*H] */
  readonly biasIh?: Tensor;
  /** [G*H] */
  readonly biasHh?: Tensor;
}

/** Weights of one layer; with `reverse` it also runs from the last time step to the first. */
export interface RecurrentParams extends RecurrentWeights {
  readonly reverse?: RecurrentWeights;
  /** What `packRecurrent` made of the recurrent weights and biases, to spare each call that; it must be of the same values. */
  readonly packed?: Tensor;
}

/**
 * The recurrent weights and biases of a layer as its kernel reads them, for inference: `params.packed`. It is not kept up to date when they change.
 * @param params of `lstm` or `gru`
 * @throws ShapeError
 */
export function packRecurrent({ weightHh, biasHh, reverse }: RecurrentParams): Tensor {
  const inputs = [weightHh, biasHh, reverse?.weightHh, reverse?.biasHh];
  const gates = weightHh.shape[0] / (weightHh.shape[1] ?? 1);
  const [packed] = noGrad(() => apply(recurrentPack, inputs, { gates }));
  return packed;
}

/** The inputs that both kinds of layer begin with. */
export function positional(x: Tensor, params: RecurrentParams): (Tensor | undefined)[] {
  const { weightIh, weightHh, biasIh, biasHh, reverse: r } = params;
  return [x, weightIh, weightHh, biasIh, biasHh, r?.weightIh, r?.weightHh, r?.biasIh, r?.biasHh];
}

/**
 * One LSTM layer over all time steps, in one or two directions (D).
 * @param x [T, B, I]
 * @param options initial states `h0` and `c0` [D, B, H]; zero where absent.
 * @returns y [T, B, D*H] with the directions side by side, and the final states hn and cn [D, B, H].
 * @throws ShapeError when a size does not fit, ArgumentError when a reverse direction is incomplete.
 */
export function lstm(
  x: Tensor,
  params: RecurrentParams,
  options: { h0?: Tensor; c0?: Tensor } = {},
): { y: Tensor; hn: Tensor; cn: Tensor } {
  const [y, hn, cn] = apply(lstmOp, [...positional(x, params), options.h0, options.c0, params.packed], {});
  return { y, hn, cn };
}

/** [B, N] as one time step (or one direction), [1, B, N]; other ranks pass, for the op to refuse. */
export function asStep(x: Tensor): Tensor {
  return x.shape.length === 2 ? reshape(x, [1, ...x.shape]) : x;
}

/**
 * One step of an LSTM.
 * @param x [B, I]
 * @param state h and c [B, H]
 * @returns the next h and c [B, H]
 * @throws ShapeError when a size does not fit.
 */
export function lstmCell(
  x: Tensor,
  state: { h: Tensor; c: Tensor },
  weights: RecurrentWeights,
): { h: Tensor; c: Tensor } {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { hn, cn } = lstm(
    asStep(x),
    { weightIh, weightHh, biasIh, biasHh },
    { h0: asStep(state.h), c0: asStep(state.c) },
  );
  return { h: reshape(hn, hn.shape.slice(1)), c: reshape(cn, cn.shape.slice(1)) };
}
