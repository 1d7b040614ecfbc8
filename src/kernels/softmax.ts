import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid } from '../gpu/index.ts';
import { type Backward, defineOp, need, type Op } from './op.ts';
import { alongDim, needDtype, pow2AtLeast, resolveDim } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export interface SoftmaxAttrs {
  /** Negative counts from the end. */
  dim: number;
}

const WG = 64;
/** Elements a lane keeps in registers (PER in the shaders). */
const PER = 8;

/** How rows are shared among lanes. */
function shape(x: GpuArray, dim: number, log: boolean) {
  const { outer, extent: count, inner } = alongDim(x.shape, dim);
  const rows = outer * inner;
  // Neighbouring invocations read neighbouring addresses: lanes along a contiguous row, or rows side by side.
  const byRow = inner > 1;
  const least = pow2AtLeast(ceilDiv(count, PER));
  // With enough rows, one invocation each does without barriers; past 64 elements neighbours would read too far apart.
  const alone = rows >= 1024 && (byRow || count <= 64);
  const lanes = alone ? 1 : Math.min(WG, least);
  return {
    variant: {
      overrides: {
        LOG: log ? 1 : 0,
        HELD: count <= lanes * PER ? 1 : 0,
        TREE: lanes > 1 ? 1 : 0,
        OUTPUT_FIRST: byRow ? 1 : 0,
      },
    },
    params: { rows, count, inner, lanes, laneShift: Math.log2(lanes) },
    grid: linearGrid(x.size === 0 ? 0 : ceilDiv(rows, WG / lanes)),
  };
}

/** y = softmax or log_softmax of x along `dim` (resolved). */
export function launchSoftmax(device: Device, x: GpuArray, y: GpuArray, dim: number, log: boolean): void {
  device.launch({ kernel: wgsl.softmax, arrays: { x, y }, ...shape(x, dim, log) });
}

function softmaxOp(name: 'softmax' | 'log_softmax'): Op<SoftmaxAttrs> {
  const log = name === 'log_softmax';
  return defineOp<SoftmaxAttrs>({
    name,
    forward(device, inputs, attrs) {
      const x = need(inputs[0], name, 'x');
      needDtype(name, 'x', x, 'f32');
      const dim = resolveDim(name, attrs.dim, x.shape.length);
      const y = DeviceArray.empty(device, x.shape);
      launchSoftmax(device, x, y, dim, log);
      return { outputs: [y] };
    },
  });
}

function backwardOf(name: 'softmax' | 'log_softmax'): Backward<SoftmaxAttrs> {
  const log = name === 'log_softmax';
  return ({ device, outputs: [y], attrs, dy, grad }) => {
    const dx = grad(0);
    const dim = resolveDim(name, attrs.dim, y.shape.length);
    device.launch({
      kernel: wgsl.softmax_backward,
      arrays: { y, dy: need(dy[0], name, 'dy'), dx },
      ...shape(y, dim, log),
    });
    return [dx];
  };
}

export const softmax = /* @__PURE__ */ softmaxOp('softmax');
export const logSoftmax = /* @__PURE__ */ softmaxOp('log_softmax');
export const softmaxBackward = /* @__PURE__ */ backwardOf('softmax');
export const logSoftmaxBackward = /* @__PURE__ */ backwardOf('log_softmax');
