import { half as halfOp } from '../../kernels/index.ts';
import { apply, noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * The values of x stored in 16 bits, for inference: a tensor of dtype `f16` that `linear`, `matmul` (as its second input), `conv2d`, `embedding` and
 * recurrent layers (`weightIh`, `packed`) take as weights. They fetch half as much and compute in f32. Not differentiable.
 * @param x f32, any shape; values beyond 65,504 become that.
 * @returns the same shape. `read()` gives its values as f32.
 * @throws ArgumentError where x is not f32, UnsupportedError where the adapter has no `shader-f16`.
 * @see https://www.w3.org/TR/WGSL/#pack2x16float-builtin
 */
export function half(x: Tensor): Tensor {
  const [y] = noGrad(() => apply(halfOp, [x], {}));
  return y;
}
