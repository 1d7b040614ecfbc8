import { batchnorm2d, foldBatchNorm, half, layernorm, maxpool2d_with_indices, Tensor } from '../../autograd/index.ts';
import { fill, type Padding } from '../../kernels/index.ts';
import type { Adapter } from './adapter.ts';

type Pair = readonly [number, number];

const batchNorm: Adapter = (t, a) => {
  const training = a.training !== false;
  const y = batchnorm2d(t.x, t.weight ?? t.w, t.bias ?? t.b, {
    runningMean: t.running_mean,
    runningVar: t.running_var,
    training,
    momentum: a.momentum as number | undefined,
    eps: a.eps as number | undefined,
    relu: a.relu === true,
  });
  // Updated in place: the tensors that came in hold the new statistics now.
  const outputs: Record<string, Tensor> = { y };
  if (!training || !t.running_mean) return outputs;
  return { ...outputs, new_running_mean: t.running_mean, new_running_var: t.running_var };
};

/** x0, x1, ... in training, then x_eval in evaluation; the running statistics start at 0 and 1 where none are given. */
const batchNormSequence: Adapter = (t, a, { device }) => {
  const gamma = t.weight ?? t.w;
  const beta = t.bias ?? t.b;
  const channels = [t.x0.shape[1]];
  const runningMean = t.running_mean ?? Tensor.zeros(device, channels);
  const runningVar = t.running_var ?? new Tensor(fill(device, channels, 1));
  const common = {
    runningMean,
    runningVar,
    momentum: a.momentum as number | undefined,
    eps: a.eps as number | undefined,
  };
  const out: Record<string, Tensor> = {};
  for (let i = 0; i < (a.steps as number); i++)
    out[`y${i}`] = batchnorm2d(t[`x${i}`], gamma, beta, { ...common, training: true });
  if (t.x_eval) out.y_eval = batchnorm2d(t.x_eval, gamma, beta, { ...common, training: false });
  return { ...out, new_running_mean: runningMean, new_running_var: runningVar };
};

const layerNorm: Adapter = (t, a) => ({
  y: layernorm(t.x, t.weight ?? t.w, t.bias ?? t.b, {
    normalizedShape: (a.normalized_shape ?? a.normalizedShape) as number[] | undefined,
    eps: a.eps as number | undefined,
  }),
});

const maxPool: Adapter = (t, a) =>
  maxpool2d_with_indices(t.x, {
    kernel: a.kernel as Pair,
    stride: a.stride as Pair | undefined,
    padding: a.padding as Pair | Padding | undefined,
    dilation: a.dilation as Pair | undefined,
    ceilMode: a.ceil_mode === true,
  });

const fold: Adapter = (t, a) => {
  const { weight, bias } = foldBatchNorm(
    t.weight,
    t.bias,
    t.gamma,
    t.beta,
    t.mean,
    t.variance,
    a.eps as number | undefined,
  );
  return { weight, bias };
};

/** Values stored in 16 bits, read back. */
const stored: Adapter = (t) => ({ y: half(t.x) });

/** Normalisations and pooling, under the names of the conformance sets and of the reference cases. */
export const normpool: Record<string, Adapter> = {
  batch_norm: batchNorm,
  batchnorm2d: batchNorm,
  batch_norm_sequence: batchNormSequence,
  half: stored,
  layer_norm: layerNorm,
  layernorm: layerNorm,
  max_pool2d: maxPool,
  maxpool2d: maxPool,
  fold_batchnorm: fold,
};
