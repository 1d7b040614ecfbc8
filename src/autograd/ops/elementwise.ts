import { binary, unary } from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** max(x, 0), any shape; the gradient at 0 is 0. @throws ArgumentError unless f32. */
export function relu(x: Tensor): Tensor {
  return apply(unary.relu, [x], {})[0];
}

/** x where it is positive, `negativeSlope` times x elsewhere, any shape. @throws ArgumentError unless f32. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return apply(unary.leaky_relu, [x], { slope: negativeSlope })[0];
}

/** 1 / (1 + e^-x), any shape. @throws ArgumentError unless f32. */
export function sigmoid(x: Tensor): Tensor {
  return apply(unary.sigmoid, [x], {})[0];
}

/** Hyperbolic tangent, any shape. @throws ArgumentError unless f32. */
export function tanh(x: Tensor): Tensor {
  return apply(unary.tanh, [x], {})[0];
}

/** x times the normal distribution function of x, the exact (erf) form, any shape; arXiv:1606.08415. @throws ArgumentError unless f32. */
export function gelu(x: Tensor): Tensor {
  return apply(unary.gelu, [x], {})[0];
}

/** x sigmoid(x), any shape. @throws ArgumentError unless f32. */
export function silu(x: Tensor): Tensor {
  return apply(unary.silu, [x], {})[0];
}

/** x min(max(x + 3, 0), 6) / 6, any shape; arXiv:1905.02244. @throws ArgumentError unless f32. */
export function hardswish(x: Tensor): Tensor {
  return apply(unary.hardswish, [x], {})[0];
}

/** e^x, any shape. @throws ArgumentError unless f32. */
export function exp(x: Tensor): Tensor {
  return apply(unary.exp, [x], {})[0];
}

/** Natural logarithm, any shape. @throws ArgumentError unless f32. */
export function log(x: Tensor): Tensor {
  return apply(unary.log, [x], {})[0];
}

/** Square root, any shape. @throws ArgumentError unless f32. */
export function sqrt(x: Tensor): Tensor {
  return apply(unary.sqrt, [x], {})[0];
}

/** x times x, any shape. @throws ArgumentError unless f32. */
export function square(x: Tensor): Tensor {
  return apply(unary.square, [x], {})[0];
}

/** -x, any shape. @throws ArgumentError unless f32. */
export function neg(x: Tensor): Tensor {
  return apply(unary.neg, [x], {})[0];
}

/** |x|, any shape; the gradient at 0 is 0. @throws ArgumentError unless f32. */
export function abs(x: Tensor): Tensor {
  return apply(unary.abs, [x], {})[0];
}

/** a + b with numpy broadcasting. @throws ShapeError where shapes do not broadcast, ArgumentError unless f32. */
export function add(a: Tensor, b: Tensor): Tensor {
  return apply(binary.add, [a, b], {})[0];
}

/** a - b with numpy broadcasting. @throws ShapeError where shapes do not broadcast, ArgumentError unless f32. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return apply(binary.sub, [a, b], {})[0];
}

/** a * b with numpy broadcasting. @throws ShapeError where shapes do not broadcast, ArgumentError unless f32. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(binary.mul, [a, b], {})[0];
}

/** a / b with numpy broadcasting. @throws ShapeError where shapes do not broadcast, ArgumentError unless f32. */
export function div(a: Tensor, b: Tensor): Tensor {
  return apply(binary.div, [a, b], {})[0];
}
