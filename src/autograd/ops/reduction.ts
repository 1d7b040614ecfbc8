import {
  argmax as argmaxOp,
  logSoftmax as logSoftmaxOp,
  max as maxOp,
  mean as meanOp,
  type ReduceAttrs,
  softmax as softmaxOp,
  sum as sumOp,
} from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** Sum over `dims` (all when absent), which `keepdim` keeps with extent 1. @throws ShapeError on a dimension that x lacks. */
export function sum(x: Tensor, options: ReduceAttrs = {}): Tensor {
  return apply(sumOp, [x], options)[0];
}

/** Mean over `dims` (all when absent), which `keepdim` keeps with extent 1. @throws ShapeError on a dimension that x lacks, or no element. */
export function mean(x: Tensor, options: ReduceAttrs = {}): Tensor {
  return apply(meanOp, [x], options)[0];
}

/**
 * Maximum over `dims` (all when absent). Along one dimension the gradient goes to the first maximum, over several it is
 * shared among all of them (torch.max and torch.amax).
 * @throws ShapeError on a dimension that x lacks, or no element.
 */
export function max(x: Tensor, options: ReduceAttrs = {}): Tensor {
  return apply(maxOp, [x], options)[0];
}

/** Position (i32) of the first maximum along `dim`. @throws ShapeError on a dimension that x lacks, or no element. */
export function argmax(x: Tensor, dim = -1, keepdim = false): Tensor {
  return apply(argmaxOp, [x], { dim, keepdim })[0];
}

/** exp(x) over its sum along `dim`. @throws ShapeError on a dimension that x lacks. */
export function softmax(x: Tensor, dim = -1): Tensor {
  return apply(softmaxOp, [x], { dim })[0];
}

/** log of softmax along `dim`, computed without leaving log space. @throws ShapeError on a dimension that x lacks. */
export function logSoftmax(x: Tensor, dim = -1): Tensor {
  return apply(logSoftmaxOp, [x], { dim })[0];
}
