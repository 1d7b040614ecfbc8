import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { launchBinary } from './binary.ts';
import { type Backward, defineOp, need } from './op.ts';
import { launchReduce, type ReduceAttrs, resolveReduce } from './reduce.ts';
import { alongDim, BLOCK, needDtype, pow2AtLeast, resolveDim, shaped } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

const WG = 64;

/** Values and first positions of the maxima along one dimension. */
function launchArgmax(device: Device, x: GpuArray, dim: number, y: GpuArray, index: GpuArray): void {
  const { outer, extent: count, inner } = alongDim(x.shape, dim);
  const outputs = outer * inner;
  const lanes = outputs >= 4096 ? 1 : Math.min(WG, pow2AtLeast(ceilDiv(count, 4)));
  device.launch({
    kernel: wgsl.argmax,
    arrays: { x, y, index },
    params: { outputs, count, inner, lanes, laneShift: Math.log2(lanes) },
    grid: linearGrid(ceilDiv(outputs, WG / lanes)),
  });
}

/** `dx` = `scale` * `dy` at the chosen positions along `dim`, 0 elsewhere. */
export function argmaxBackward(
  device: Device,
  index: GpuArray,
  dy: GpuArray,
  dim: number,
  dx: GpuArray,
  scale = 1,
): void {
  const { extent: count, inner } = alongDim(dx.shape, dim);
  device.launch({
    kernel: wgsl.argmax_backward,
    arrays: { index, dy, dx },
    params: { n: dx.size, count, inner, scale },
    grid: linearGrid(ceilDiv(dx.size, BLOCK)),
  });
}

export const max = /* @__PURE__ */ defineOp<ReduceAttrs>({
  name: 'max',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'max', 'x');
    const { dims, shape } = resolveReduce('max', x, attrs);
    const y = DeviceArray.empty(device, shape);
    if (dims.length !== 1) {
      launchReduce(device, 'max', x, y, dims);
      return { outputs: [y] };
    }
    const index = DeviceArray.empty(device, shape, 'i32');
    launchArgmax(device, x, dims[0], y, index);
    return { outputs: [y], saved: [index] };
  },
});

export const maxBackward: Backward<ReduceAttrs> = ({ device, inputs, outputs, saved, attrs, dy, grad }) => {
  const x = need(inputs[0], 'max', 'x');
  const g = need(dy[0], 'max', 'dy');
  const { dims, kept } = resolveReduce('max', x, attrs);
  const dx = grad(0);
  if (dims.length === 1) {
    argmaxBackward(device, saved[0], g, dims[0], dx);
    return [dx];
  }
  // Over several dimensions the gradient is shared among the maxima, as torch.amax does.
  const hit = DeviceArray.empty(device, x.shape);
  const ties = DeviceArray.empty(device, kept);
  const share = DeviceArray.empty(device, kept);
  launchBinary(device, 'equal', x, shaped(outputs[0], kept), hit);
  launchReduce(device, 'sum', hit, ties, dims);
  launchBinary(device, 'div', shaped(g, kept), ties, share);
  launchBinary(device, 'mul', hit, share, dx);
  return [dx];
};

export interface ArgmaxAttrs {
  dim: number;
  keepdim?: boolean;
}

export const argmax = /* @__PURE__ */ defineOp<ArgmaxAttrs>({
  name: 'argmax',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'argmax', 'x');
    needDtype('argmax', 'x', x, 'f32');
    const dim = resolveDim('argmax', attrs.dim, x.shape.length);
    if (x.shape[dim] === 0) throw new ShapeError(`argmax: expected at least one element, got ${showShape(x.shape)}`);
    const kept = x.shape.map((n, d) => (d === dim ? 1 : n));
    const shape = attrs.keepdim ? kept : kept.filter((_, d) => d !== dim);
    const value = DeviceArray.empty(device, shape);
    const index = DeviceArray.empty(device, shape, 'i32');
    launchArgmax(device, x, dim, value, index);
    return { outputs: [index] };
  },
});
