import { ShapeError, sameShape, showShape } from '../../gpu/index.ts';
import { nll } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { square, sub } from './elementwise.ts';
import { logSoftmax, mean } from './reduction.ts';

/** Mean of (x - target)^2, a scalar. @throws ShapeError when shapes differ. */
export function mseLoss(x: Tensor, target: Tensor): Tensor {
  if (!sameShape(x.shape, target.shape))
    throw new ShapeError(`mse_loss: target must be ${showShape(x.shape)} like x, got ${showShape(target.shape)}`);
  return mean(square(sub(x, target)));
}

/**
 * Mean over rows of -log softmax(logits)[target], a scalar: logits [.., C], target (i32) [..] with classes from 0 to C - 1.
 * A class outside of that range counts as zero loss.
 * @throws ShapeError when target does not fit, ArgumentError unless it is i32.
 */
export function crossEntropy(logits: Tensor, target: Tensor): Tensor {
  if (logits.shape.length === 0 || !sameShape(logits.shape.slice(0, -1), target.shape))
    throw new ShapeError(
      `cross_entropy: target must be ${showShape(logits.shape.slice(0, -1))} for logits ${showShape(logits.shape)}, got ${showShape(target.shape)}`,
    );
  return mean(apply(nll, [logSoftmax(logits, -1), target], {})[0]);
}
