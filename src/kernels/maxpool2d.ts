import {
  ArgumentError,
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  ShapeError,
  showShape,
} from '../gpu/index.ts';
import { groupsPerChannel, isWide, tileShape, walkOf, walkOverrides } from './channels.ts';
import type { Padding } from './conv2d.ts';
import { type Backward, defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

export interface Maxpool2dAttrs {
  kernel: readonly [number, number];
  stride: readonly [number, number];
  padding: Padding;
  dilation: readonly [number, number];
  /** Lets a last window begin inside the image (or its padding) and reach beyond it. */
  ceilMode: boolean;
}

/** Windows along one dimension; as in PyTorch, a window that would begin in the padding after the image is left out. */
function windows(
  size: number,
  k: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  ceil: boolean,
) {
  const room = size + before + after - dilation * (k - 1) - 1;
  if (!ceil) return Math.floor(room / stride) + 1;
  const n = Math.ceil(room / stride) + 1;
  return (n - 1) * stride >= size + before ? n - 1 : n;
}

function check(
  x: GpuArray,
  a: Maxpool2dAttrs,
): { planes: number; inH: number; inW: number; outH: number; outW: number } {
  if (x.shape.length !== 4) throw new ShapeError(`maxpool2d: input must be [N, C, H, W], got ${showShape(x.shape)}`);
  if (![...a.kernel, ...a.stride, ...a.dilation].every((v) => Number.isInteger(v) && v >= 1))
    throw new ArgumentError(
      `maxpool2d: kernel, stride and dilation must be whole numbers from 1, got ${a.kernel}, ${a.stride} and ${a.dilation}`,
    );
  const { top, bottom, left, right } = a.padding;
  if (![top, bottom, left, right].every((v) => Number.isInteger(v) && v >= 0))
    throw new ArgumentError(`maxpool2d: padding must be whole numbers from 0, got ${[top, bottom, left, right]}`);
  const [n, c, inH, inW] = x.shape;
  const outH = windows(inH, a.kernel[0], a.stride[0], a.dilation[0], top, bottom, a.ceilMode);
  const outW = windows(inW, a.kernel[1], a.stride[1], a.dilation[1], left, right, a.ceilMode);
  if (outH < 1 || outW < 1)
    throw new ShapeError(
      `maxpool2d: a ${a.kernel[0]} x ${a.kernel[1]} window does not fit input ${showShape(x.shape)} with padding ${[top, bottom, left, right]}; pad more or use a smaller window`,
    );
  return { planes: n * c, inH, inW, outH, outW };
}

/** Kernel sizes with windows in registers; each is a compilation of its own. */
const TILES = ['2,2', '2,1', '1,2', '4,1', '3,3'];

/** Whether the windows neither overlap nor leave gaps, and are of a common size. */
function tiled(
  { kernel, stride, padding: p, dilation }: Maxpool2dAttrs,
  outH: number,
  outW: number,
  x: GpuArray,
): boolean {
  return (
    TILES.includes(kernel.join()) &&
    kernel.join() === stride.join() &&
    p.top + p.left + p.bottom + p.right === 0 &&
    dilation.join() === '1,1' &&
    outH * kernel[0] <= x.shape[2] &&
    outW * kernel[1] <= x.shape[3]
  );
}

/** Variant, params and grid of the two kernels over tiled windows. */
function tilesPlan(device: Device, a: Maxpool2dAttrs, s: ReturnType<typeof check>) {
  const plane = s.outH * s.outW;
  const tile = tileShape(plane);
  const walk = walkOf(s.planes, 1, plane, tile.workgroup, tile.flat);
  return {
    variant: { overrides: walkOverrides(device, walk, tile), consts: { KH: a.kernel[0], KW: a.kernel[1] } },
    params: { ...walk, inW: s.inW, inPlane: s.inH * s.inW, outW: s.outW, invOutW: 1 / s.outW },
    grid: [groupsPerChannel(device, { ...walk, tiles: ceilDiv(walk.tiles, tile.items) }), 1, 1] as const,
  };
}

function launchForward(device: Device, x: GpuArray, y: GpuArray, indices: GpuArray, a: Maxpool2dAttrs): void {
  const s = check(x, a);
  if (y.size === 0) return;
  if (tiled(a, s.outH, s.outW, x))
    device.launch({ kernel: wgsl.maxpool2d_tiles, arrays: { x, y, indices }, ...tilesPlan(device, a, s) });
  else
    device.launch({
      kernel: wgsl.maxpool2d,
      variant: { overrides: { WG: 64, WIDE: isWide(device, y.size) ? 1 : 0 } },
      arrays: { x, y, indices },
      params: {
        ...s,
        size: y.size,
        kH: a.kernel[0],
        kW: a.kernel[1],
        strideH: a.stride[0],
        strideW: a.stride[1],
        padT: a.padding.top,
        padL: a.padding.left,
        dilH: a.dilation[0],
        dilW: a.dilation[1],
        invOutH: 1 / s.outH,
        invOutW: 1 / s.outW,
        lowest: Number.NEGATIVE_INFINITY,
      },
      grid: linearGrid(ceilDiv(y.size, 64)),
    });
}

/** Input x [N, C, H, W]; outputs y and indices (i32: h W + w inside the plane) [N, C, oH, oW]. */
export const maxpool2d = /* @__PURE__ */ defineOp<Maxpool2dAttrs>({
  name: 'maxpool2d',
  forward(device, [x0], attrs) {
    const x = need(x0, 'maxpool2d', 'x');
    const { outH, outW } = check(x, attrs);
    const shape = [x.shape[0], x.shape[1], outH, outW];
    const y = DeviceArray.empty(device, shape);
    const indices = DeviceArray.empty(device, shape, 'i32');
    launchForward(device, x, y, indices, attrs);
    return { outputs: [y, indices] };
  },
});

export const maxpool2dBackward: Backward<Maxpool2dAttrs> = ({
  device,
  inputs,
  outputs: [, indices],
  attrs: a,
  dy: [dy0],
  grad,
}) => {
  const x = need(inputs[0], 'maxpool2d', 'x');
  const dy = need(dy0, 'maxpool2d', 'dy');
  const s = check(x, a);
  const { inH, inW, outH, outW } = s;
  const dx = grad(0);
  if (dx.size === 0 || dy.size === 0) return [dx];
  if (tiled(a, outH, outW, x)) {
    if (outH * a.kernel[0] < inH || outW * a.kernel[1] < inW) device.clear(dx);
    device.launch({ kernel: wgsl.maxpool2d_tiles_backward, arrays: { dy, indices, dx }, ...tilesPlan(device, a, s) });
    return [dx];
  }
  device.launch({
    kernel: wgsl.maxpool2d_backward,
    variant: { overrides: { WG: 64, WIDE: isWide(device, dx.size) ? 1 : 0 } },
    arrays: { dy, indices, dx },
    params: {
      size: dx.size,
      inH,
      inW,
      outH,
      outW,
      spanH: (a.kernel[0] - 1) * a.dilation[0] + 1,
      spanW: (a.kernel[1] - 1) * a.dilation[1] + 1,
      strideH: a.stride[0],
      strideW: a.stride[1],
      padT: a.padding.top,
      padL: a.padding.left,
      invInH: 1 / inH,
      invInW: 1 / inW,
      invStrideH: 1 / a.stride[0],
      invStrideW: 1 / a.stride[1],
    },
    grid: linearGrid(ceilDiv(dx.size, 64)),
  });
  return [dx];
};
