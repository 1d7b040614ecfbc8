import { gru as gruOp } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';
import { asStep, positional, type RecurrentParams, type RecurrentWeights } from './recurrent.ts';

/**
 * One GRU layer over all time steps, in one or two directions (D).
 * @param x [T, B, I]
 * @param options initial state `h0` [D, B, H]; zero where absent.
 * @returns y [T, B, D*H] with the directions side by side, and the final state hn [D, B, H].
 * @throws ShapeError when a size does not fit, ArgumentError when a reverse direction is incomplete.
 */
export function gru(x: Tensor, params: RecurrentParams, options: { h0?: Tensor } = {}): { y: Tensor; hn: Tensor } {
  const [y, hn] = apply(gruOp, [...positional(x, params), options.h0, params.packed], {});
  return { y, hn };
}

/**
 * One step of a GRU.
 * @param x [B, I]
 * @param h [B, H]
 * @returns the next h [B, H]
 * @throws ShapeError when a size does not fit.
 */
export function gruCell(x: Tensor, h: Tensor, weights: RecurrentWeights): Tensor {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { hn } = gru(asStep(x), { weightIh, weightHh, biasIh, biasHh }, { h0: asStep(h) });
  return reshape(hn, hn.shape.slice(1));
}
