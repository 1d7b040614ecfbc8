import { ceilDiv, DeviceArray, linearGrid, ShapeError, sameShape, showShape } from '../gpu/index.ts';
import { argmaxBackward } from './max.ts';
import { type Backward, defineOp, need } from './op.ts';
import { needDtype } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

/** y[..] = -x[.., target[..]]: the negative log-likelihood of one class a row. */
export const nll = /* @__PURE__ */ defineOp<Record<string, never>>({
  name: 'nll',
  forward(device, inputs) {
    const x = need(inputs[0], 'nll', 'x');
    const target = need(inputs[1], 'nll', 'target');
    needDtype('nll', 'x', x, 'f32');
    needDtype('nll', 'target', target, 'i32');
    if (x.shape.length === 0 || !sameShape(x.shape.slice(0, -1), target.shape))
      throw new ShapeError(
        `nll: target must be ${showShape(x.shape.slice(0, -1))} for x ${showShape(x.shape)}, got ${showShape(target.shape)}`,
      );
    const y = DeviceArray.empty(device, target.shape);
    const count = x.shape[x.shape.length - 1];
    if (count === 0) throw new ShapeError('nll: expected at least one class, got none');
    device.launch({
      kernel: wgsl.pick,
      arrays: { x, index: target, y },
      params: { rows: y.size, count, scale: -1 },
      grid: linearGrid(ceilDiv(y.size, 64)),
    });
    return { outputs: [y] };
  },
});

export const nllBackward: Backward<Record<string, never>> = ({ device, inputs, dy, grad }) => {
  const dx = grad(0);
  argmaxBackward(device, need(inputs[1], 'nll', 'target'), need(dy[0], 'nll', 'dy'), dx.shape.length - 1, dx, -1);
  return [dx, undefined];
};
