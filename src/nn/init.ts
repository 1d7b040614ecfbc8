import { Tensor } from '../autograd/index.ts';
import { type Device, type Shape, sizeOf } from '../gpu/index.ts';
import type { Random } from './random.ts';

/** Where layers take their device and random numbers from. */
export interface InitContext {
  readonly device: Device;
  readonly random: Random;
}

/** A parameter filled from a function of the generator. */
export function parameter(context: InitContext, shape: Shape, draw: (random: Random) => number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => draw(context.random));
  return Tensor.from(context.device, data, shape, { requiresGrad: true });
}

/** He et al. 2015: normal with deviation sqrt(2 / fanIn), for layers before a ReLU. */
export function heNormal(context: InitContext, shape: Shape, fanIn: number): Tensor {
  const deviation = Math.sqrt(2 / fanIn);
  return parameter(context, shape, (r) => deviation * r.normal());
}

/** Keras' he_normal: as heNormal, but truncated at two deviations and widened to keep its variance. */
export function heNormalTruncated(context: InitContext, shape: Shape, fanIn: number): Tensor {
  const deviation = Math.sqrt(2 / fanIn) / 0.8796256610342398;
  return parameter(context, shape, (r) => {
    let v = r.normal();
    while (Math.abs(v) > 2) v = r.normal();
    return deviation * v;
  });
}

/** Glorot and Bengio 2010: uniform within sqrt(6 / (fanIn + fanOut)). */
export function glorotUniform(context: InitContext, shape: Shape, fanIn: number, fanOut: number): Tensor {
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return parameter(context, shape, (r) => bound * (2 * r.uniform() - 1));
}

/** Uniform within +-bound. */
export function uniform(context: InitContext, shape: Shape, bound: number): Tensor {
  return parameter(context, shape, (r) => bound * (2 * r.uniform() - 1));
}

export function constant(context: InitContext, shape: Shape, value: number): Tensor {
  return parameter(context, shape, () => value);
}

/**
 * Rows of an orthogonal matrix (Saxe et al. 2014) by Gram-Schmidt on normal rows; for recurrent weights, each gate's
 * block on its own as Keras does for the whole kernel.
 */
export function orthogonal(context: InitContext, rows: number, columns: number): Tensor {
  // Orthonormalise along the shorter side: vectors of the longer length.
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const v = Float64Array.from({ length }, () => context.random.normal());
    for (const b of basis) {
      let dot = 0;
      for (let i = 0; i < length; i++) dot += v[i] * b[i];
      for (let i = 0; i < length; i++) v[i] -= dot * b[i];
    }
    let norm = 0;
    for (const e of v) norm += e * e;
    norm = Math.sqrt(norm);
    if (norm > 1e-6) basis.push(v.map((e) => e / norm));
  }
  const data = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) data[r * columns + c] = rows <= columns ? basis[r][c] : basis[c][r];
  return Tensor.from(context.device, data, [rows, columns], { requiresGrad: true });
}
