import {
  batchnorm2d as batchnorm2dOp,
  foldBatchNorm as foldOp,
  layernorm as layernormOp,
} from '../../kernels/index.ts';
import { apply, noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

export interface BatchnormOptions {
  /** Running statistics [C], updated in place in training; needed in evaluation. */
  runningMean?: Tensor;
  runningVar?: Tensor;
  /** Whether to use the batch's statistics (and move the running ones) or the running ones. */
  training: boolean;
  /** Default 0.1: the weight of the new batch (Keras' 0.99 is 0.01 here). */
  momentum?: number;
  /** Default 1e-5. */
  eps?: number;
  /** Fuses max(0, .) behind the normalisation. */
  relu?: boolean;
}

/**
 * Batch normalisation over every dimension but the channel.
 * @param x [N, C, H, W], or [N, C], or [N, C, L].
 * @param gamma scale [C]; 1 where absent.
 * @param beta shift [C]; 0 where absent.
 * @returns the shape of x.
 * @throws ShapeError when a parameter is not [C] or training sees fewer than 2 values a channel; ArgumentError on eps, momentum or missing statistics.
 */
export function batchnorm2d(
  x: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  options: BatchnormOptions,
): Tensor {
  const { runningMean, runningVar, training, momentum = 0.1, eps = 1e-5, relu = false } = options;
  return apply(batchnorm2dOp, [x, gamma, beta, runningMean, runningVar], { training, momentum, eps, relu })[0];
}

export interface LayernormOptions {
  /** Trailing dimensions that are normalised together; default: gamma's shape, or the last dimension. */
  normalizedShape?: readonly number[];
  /** Default 1e-5. */
  eps?: number;
}

/**
 * Layer normalisation over the last dimensions.
 * @param x [..., D]
 * @param gamma scale [D]; 1 where absent.
 * @param beta shift [D]; 0 where absent.
 * @returns the shape of x.
 * @throws ShapeError when x does not end in the normalised shape, or gamma or beta do not have it; ArgumentError on eps.
 */
export function layernorm(x: Tensor, gamma?: Tensor, beta?: Tensor, options: LayernormOptions = {}): Tensor {
  const normalizedShape = options.normalizedShape ?? gamma?.shape ?? x.shape.slice(-1);
  return apply(layernormOp, [x, gamma, beta], { normalizedShape, eps: options.eps ?? 1e-5 })[0];
}

/**
 * Merges a batch normalisation in evaluation mode into the convolution (or linear layer) before it. Not differentiable.
 * @param weight [O, I, kH, kW], or [O, I].
 * @param bias [O]; 0 where undefined.
 * @param gamma [O]
 * @param beta [O]
 * @param mean running mean [O]
 * @param variance running variance [O]
 * @returns weight and bias of the merged layer.
 * @throws ShapeError when a parameter is not [O]; ArgumentError on eps.
 */
export function foldBatchNorm(
  weight: Tensor,
  bias: Tensor | undefined,
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor,
  variance: Tensor,
  eps = 1e-5,
): { weight: Tensor; bias: Tensor } {
  const [w, b] = noGrad(() => apply(foldOp, [weight, bias, gamma, beta, mean, variance], { eps }));
  return { weight: w, bias: b };
}
