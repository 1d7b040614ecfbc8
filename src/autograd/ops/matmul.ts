import { linear as linearOp, type MatmulAttrs, matmul as matmulOp } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Matrix product of the last two dimensions; the leading ones broadcast as in NumPy.
 * @param a [..., M, K], or [..., K, M] with `transA`.
 * @param b [..., K, N], or [..., N, K] with `transB`.
 * @returns [..., M, N]
 * @throws ShapeError when inner or batch dimensions do not fit.
 */
export function matmul(a: Tensor, b: Tensor, attrs: MatmulAttrs = {}): Tensor {
  return apply(matmulOp, [a, b], attrs)[0];
}

/**
 * Affine map `x w^T + b` with an optional fused ReLU.
 * @param x [..., in]
 * @param w [out, in]
 * @param b [out]
 * @returns [..., out]
 * @throws ShapeError when the sizes do not fit.
 */
export function linear(x: Tensor, w: Tensor, b?: Tensor, attrs: { relu?: boolean } = {}): Tensor {
  return apply(linearOp, [x, w, b], attrs)[0];
}
