import { ArgumentError, ceilDiv, DeviceArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

const NAMES = ['bias', 'gamma', 'beta', 'mean', 'variance'] as const;

/** Inputs weight [O, ...], optional bias [O], gamma, beta, mean, variance [O]; outputs the folded weight and bias. For inference: no gradient. */
export const foldBatchNorm = /* @__PURE__ */ defineOp<{ eps: number }>({
  name: 'fold_batchnorm',
  forward(device, inputs, { eps }) {
    const weight = need(inputs[0], 'fold_batchnorm', 'weight');
    const out = weight.shape[0];
    if (out === undefined || weight.size === 0)
      throw new ShapeError(`fold_batchnorm: weight must be [O, ...] with values in it, got ${showShape(weight.shape)}`);
    const rest = inputs.slice(1);
    rest.forEach((t, i) => {
      if (t && (t.shape.length !== 1 || t.shape[0] !== out))
        throw new ShapeError(
          `fold_batchnorm: ${NAMES[i]} must be [${out}] for weight ${showShape(weight.shape)}, got ${showShape(t.shape)}`,
        );
    });
    if (!(eps > 0)) throw new ArgumentError(`fold_batchnorm: eps must be above 0, got ${eps}`);
    const foldedWeight = DeviceArray.empty(device, weight.shape);
    const foldedBias = DeviceArray.empty(device, [out]);
    device.launch({
      kernel: wgsl.fold_batchnorm,
      variant: { overrides: { BIAS: rest[0] ? 1 : 0 } },
      arrays: {
        weight,
        bias: rest[0] ?? weight,
        gamma: need(rest[1], 'fold_batchnorm', 'gamma'),
        beta: need(rest[2], 'fold_batchnorm', 'beta'),
        mean: need(rest[3], 'fold_batchnorm', 'mean'),
        variance: need(rest[4], 'fold_batchnorm', 'variance'),
        foldedWeight,
        foldedBias,
      },
      params: { size: weight.size, depth: weight.size / out, eps },
      grid: linearGrid(ceilDiv(weight.size, 64)),
    });
    return { outputs: [foldedWeight, foldedBias] };
  },
});
