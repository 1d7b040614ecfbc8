import {
  type BatchnormOptions,
  type BatchnormParams,
  batchnorm2d,
  batchnorm2dBackward,
} from '../reference/batchnorm2d.ts';
import { layernorm, layernormBackward } from '../reference/layernorm.ts';
import { type NdArray, sizeOf } from '../reference/ndarray.ts';
import { peak, reduction, sum } from './tolerance.ts';
import {
  type CheckCase,
  type Evaluated,
  f32,
  flagAttr,
  type InputSpec,
  listAttr,
  numberAttr,
  type OpCheck,
  type Tensors,
} from './types.ts';

interface Batchnorm {
  training?: boolean;
  momentum?: number;
  eps?: number;
}

function bn(name: string, x: InputSpec, options: Batchnorm = {}, extra: Partial<CheckCase> = {}): CheckCase {
  const channels = x.shape[1];
  const { training = true, momentum = 0.1, eps = 1e-5 } = options;
  return {
    op: 'batchnorm2d',
    name,
    attrs: { training, momentum, eps },
    inputs: {
      x,
      w: f32([channels], 'sign', { scale: 0.7 }),
      b: f32([channels]),
      running_mean: f32([channels]),
      running_var: f32([channels], 'positive'),
    },
    quick: true,
    ...extra,
  };
}

const params = ({ w, b, running_mean, running_var }: Tensors): BatchnormParams => ({
  w,
  b,
  runningMean: running_mean,
  runningVar: running_var,
});

function bnOptions(c: CheckCase): BatchnormOptions {
  return { training: flagAttr(c, 'training'), momentum: numberAttr(c, 'momentum'), eps: numberAttr(c, 'eps') };
}

export const batchnorm2dCheck: OpCheck = {
  op: 'batchnorm2d',
  differentiable: ['y'],
  cases: [
    bn('two_values', f32([2, 3, 1, 1])),
    bn('odd', f32([3, 5, 7, 9])),
    bn('not_multiple_of_tile', f32([2, 65, 3, 11])),
    bn('keras', f32([2, 4, 5, 6]), { momentum: 0.01, eps: 1e-3 }),
    bn('momentum_one', f32([4, 2, 3, 3]), { momentum: 1 }),
    bn('eval', f32([2, 4, 3, 5]), { training: false }),
    // Mean 30 times the deviation: E[x^2] - E[x]^2 in float32 would lose three digits.
    bn('offset', f32([4, 3, 6, 5], 'normal', { offset: 30 }), {}, { hard: true }),
    bn('constant', f32([3, 2, 4, 4], 'zeros'), { eps: 1e-3 }, { hard: true }),
    bn('long', f32([16, 3, 32, 43]), {}, { quick: false }),
    bn('many_channels', f32([2, 513, 2, 3]), {}, { quick: false }),
    bn('over_65535_groups', f32([2, 65537, 1, 1]), {}, { quick: false, hard: true }),
  ],
  forward(c, inputs): Record<string, NdArray> {
    const { y, newRunningMean, newRunningVar } = batchnorm2d(inputs.x, params(inputs), bnOptions(c));
    if (!flagAttr(c, 'training')) return { y };
    return { y, new_running_mean: newRunningMean, new_running_var: newRunningVar };
  },
  backward: (c, inputs, { dy }) => ({ ...batchnorm2dBackward(inputs.x, params(inputs), dy, bnOptions(c)) }),
  tolerances: batchnormTolerances,
};

/**
 * xhat = (x - mean) * invStd carries the rounding of x and of the mean, both amplified by invStd: X = invStd * (max|x| + mean|x|).
 * Whatever multiplies xhat inherits that; in a mean over n of it the independent errors shrink by sqrt(n), and |xhat| <= sqrt(n) in front
 * of such a mean takes that back. The worst channel sets the scale.
 */
function batchnormTolerances({ case: c, inputs, cotangents: { dy } }: Evaluated) {
  const { x, w, b } = inputs;
  const channels = x.shape[1];
  const plane = sizeOf(x.shape.slice(2));
  const n = x.data.length / channels;
  const { mean, invStd } = batchnorm2d(x, params(inputs), bnOptions(c));
  const scale = { y: 0, dx: 0, dw: 0, db: 0, mean: 0, variance: 0 };
  for (let ch = 0; ch < channels; ch++) {
    let most = Math.abs(mean.data[ch]);
    let sumAbs = 0;
    let sumSquares = 0;
    let dyMost = 0;
    let dySum = 0;
    let dyX = 0;
    for (let i = 0; i < n; i++) {
      const at = (Math.floor(i / plane) * channels + ch) * plane + (i % plane);
      most = Math.max(most, Math.abs(x.data[at]));
      sumAbs += Math.abs(x.data[at]) / n;
      sumSquares += (x.data[at] - mean.data[ch]) ** 2 / n;
      dyMost = Math.max(dyMost, Math.abs(dy.data[at]));
      dySum += Math.abs(dy.data[at]);
      dyX += Math.abs(dy.data[at] * (x.data[at] - mean.data[ch]) * invStd.data[ch]);
    }
    const inv = invStd.data[ch];
    const X = inv * (most + sumAbs);
    const weight = Math.abs(w.data[ch]);
    scale.y = Math.max(scale.y, weight * X + Math.abs(b.data[ch]));
    scale.db = Math.max(scale.db, dySum);
    scale.dw = Math.max(scale.dw, dyX + (X * dySum) / Math.sqrt(n));
    scale.dx = Math.max(
      scale.dx,
      weight * inv * (dyMost + (flagAttr(c, 'training') ? (dySum + X * (dyX + dySum)) / n : 0)),
    );
    scale.mean = Math.max(scale.mean, sumAbs + Math.abs(inputs.running_mean.data[ch]));
    scale.variance = Math.max(
      scale.variance,
      2 * sumSquares + (most + sumAbs) * Math.sqrt(sumSquares) + inputs.running_var.data[ch],
    );
  }
  return {
    y: reduction(n, scale.y),
    dx: reduction(n, scale.dx),
    dw: reduction(n, scale.dw),
    db: reduction(n, scale.db),
    new_running_mean: reduction(n, scale.mean),
    new_running_var: reduction(n, scale.variance),
  };
}

function ln(
  name: string,
  x: InputSpec,
  normalized: readonly number[],
  extra: Partial<CheckCase> = {},
  affine = true,
): CheckCase {
  const inputs: Record<string, InputSpec> = { x };
  if (affine) Object.assign(inputs, { w: f32(normalized, 'sign', { scale: 0.7 }), b: f32(normalized) });
  return { op: 'layernorm', name, attrs: { normalized_shape: normalized, eps: 1e-5 }, inputs, quick: true, ...extra };
}

const lnOptions = (c: CheckCase) => ({ normalizedShape: listAttr(c, 'normalized_shape'), eps: numberAttr(c, 'eps') });

export const layernormCheck: OpCheck = {
  op: 'layernorm',
  differentiable: ['y'],
  cases: [
    ln('one', f32([4, 1]), [1], { hard: true }),
    ln('odd', f32([5, 33]), [33]),
    ln('two_dims', f32([3, 4, 5]), [4, 5]),
    ln('no_affine', f32([2, 3, 17]), [17], {}, false),
    ln('offset', f32([4, 40], 'normal', { offset: 30 }), [40], { hard: true }),
    ln('long', f32([3, 1025]), [1025]),
    ln('empty', f32([0, 6]), [6]),
    ln('over_65535_groups', f32([65537, 3]), [3], { quick: false, hard: true }),
  ],
  forward: (c, { x, w, b }) => ({ y: layernorm(x, w, b, lnOptions(c)) }),
  backward(c, { x, w }, { dy }): Record<string, NdArray> {
    const { dx, dw, db } = layernormBackward(x, w, dy, lnOptions(c));
    return w === undefined ? { dx } : { dx, dw, db };
  },
  tolerances: layernormTolerances,
};

/** As for batch normalisation, row by row. dw sums xhat over rows: their own errors are independent, and the sum rounds on top. */
function layernormTolerances({ case: c, inputs: { x, w, b }, cotangents: { dy } }: Evaluated) {
  const { normalizedShape, eps } = lnOptions(c);
  const n = sizeOf(normalizedShape);
  const rows = x.data.length / n;
  const weight = w === undefined ? 1 : peak(w);
  let y = 0;
  let dx = 0;
  const columns = { dy: new Float64Array(n), xhat: new Float64Array(n), squares: new Float64Array(n) };
  for (let row = 0; row < rows; row++) {
    const xs = x.data.slice(row * n, (row + 1) * n);
    const dys = dy.data.slice(row * n, (row + 1) * n).map(Math.abs);
    const mean = xs.reduce((sum, value) => sum + value, 0) / n;
    const inv = 1 / Math.sqrt(xs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n + eps);
    const X = 2 * inv * peak({ shape: [n], data: xs });
    const g = weight * peak({ shape: [n], data: dys });
    y = Math.max(y, weight * X + peak(b));
    dx = Math.max(dx, inv * g * (2 + 2 * X));
    for (let i = 0; i < n; i++) {
      columns.dy[i] += dys[i];
      columns.xhat[i] += dys[i] * Math.abs(xs[i] - mean) * inv;
      columns.squares[i] += (dys[i] * X) ** 2;
    }
  }
  const most = (values: Float64Array) => peak({ shape: [n], data: values });
  return {
    y: reduction(n, y),
    dx: reduction(n, dx),
    dw: sum(reduction(n, Math.sqrt(most(columns.squares))), reduction(rows, most(columns.xhat))),
    db: reduction(rows, most(columns.dy)),
  };
}
