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
import { blockPath } from './block-path.ts';
import { type Backward, defineOp, need } from './op.ts';
import { launchSum, sumChannels } from './sum.ts';
import { chooseTile, portableTile, type Tile } from './tile.ts';
import * as wgsl from './wgsl.gen.ts';

/** Padding of each side, in pixels. Keras 'same' of a 2x2 kernel pads after: top and left 0, bottom and right 1. */
export interface Padding {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export interface Conv2dAttrs {
  stride: readonly [number, number];
  padding: Padding;
  dilation: readonly [number, number];
  /** Applies max(0, .) after the bias. Its gradient is masked by y > 0. */
  relu?: boolean;
}

/** The sizes of one convolution. */
export interface Sizes {
  batch: number;
  inC: number;
  inH: number;
  inW: number;
  outC: number;
  outH: number;
  outW: number;
  kH: number;
  kW: number;
}

export function sizes(x: GpuArray, w: GpuArray, b: GpuArray | undefined, a: Conv2dAttrs): Sizes {
  if (x.shape.length !== 4) throw new ShapeError(`conv2d: input must be [N, C, H, W], got ${showShape(x.shape)}`);
  const [batch, inC, inH, inW] = x.shape;
  if (w.shape.length !== 4 || w.shape[1] !== inC)
    throw new ShapeError(
      `conv2d: weight must be [out, ${inC}, kH, kW] for input ${showShape(x.shape)}, got ${showShape(w.shape)}`,
    );
  const [outC, , kH, kW] = w.shape;
  if (b && (b.shape.length !== 1 || b.shape[0] !== outC))
    throw new ShapeError(`conv2d: bias must be [${outC}] for weight ${showShape(w.shape)}, got ${showShape(b.shape)}`);
  const whole = [...a.stride, ...a.dilation].every((v) => Number.isInteger(v) && v >= 1);
  if (!whole)
    throw new ArgumentError(
      `conv2d: stride and dilation must be whole numbers from 1, got ${a.stride} and ${a.dilation}`,
    );
  const { top, bottom, left, right } = a.padding;
  if (![top, bottom, left, right].every((v) => Number.isInteger(v) && v >= 0))
    throw new ArgumentError(`conv2d: padding must be whole numbers from 0, got ${[top, bottom, left, right]}`);
  const outH = Math.floor((inH + top + bottom - a.dilation[0] * (kH - 1) - 1) / a.stride[0]) + 1;
  const outW = Math.floor((inW + left + right - a.dilation[1] * (kW - 1) - 1) / a.stride[1]) + 1;
  if (outH < 1 || outW < 1)
    throw new ShapeError(
      `conv2d: a ${kH} x ${kW} kernel does not fit input ${showShape(x.shape)} with padding ${[top, bottom, left, right]}; pad more or use a smaller kernel`,
    );
  return { batch, inC, inH, inW, outC, outH, outW, kH, kW };
}

function params(s: Sizes, a: Conv2dAttrs, splits = 1) {
  return {
    ...s,
    strideH: a.stride[0],
    strideW: a.stride[1],
    padT: a.padding.top,
    padL: a.padding.left,
    dilH: a.dilation[0],
    dilW: a.dilation[1],
    invTaps: 1 / (s.kH * s.kW),
    invKW: 1 / s.kW,
    invOutW: 1 / s.outW,
    invStrideH: 1 / a.stride[0],
    invStrideW: 1 / a.stride[1],
    splits,
  };
}

/** Blocks of pixels in x and, past 65,535, in z; blocks of channels in y. */
export function pixelGrid(blocks: number, rows: number): [number, number, number] {
  const [x, z] = linearGrid(blocks);
  return [x, rows, z];
}

const FORWARD = {
  portable: wgsl.conv2d,
  workgroup: wgsl.conv2d_workgroup,
  subgroup: wgsl.conv2d_subgroup,
};
const BACKWARD_X = {
  portable: wgsl.conv2d_backward_x,
  workgroup: wgsl.conv2d_backward_x_workgroup,
  subgroup: wgsl.conv2d_backward_x_subgroup,
};
const BACKWARD_W = {
  portable: wgsl.conv2d_backward_w,
  workgroup: wgsl.conv2d_backward_w_workgroup,
  subgroup: wgsl.conv2d_backward_w_subgroup,
};

/** 3x3 at stride 1, which may be computed by blocks of pixels, backwards as well as forwards. */
function is3x3(s: Sizes, a: Conv2dAttrs): boolean {
  return s.kH === 3 && s.kW === 3 && [...a.stride, ...a.dilation].every((v) => v === 1);
}

/** The tile that a forward launch takes. */
export function forwardTile(device: Device, s: Sizes, a: Conv2dAttrs): Tile {
  return chooseTile(device, is3x3(s, a) ? 'conv2d_3x3' : 'conv2d', {
    rows: s.outC,
    columns: s.batch * s.outH * s.outW,
    depth: s.inC * s.kH * s.kW,
    picture: [s.outH, s.outW],
  });
}

export function launchConv2d(
  device: Device,
  x: GpuArray,
  w: GpuArray,
  b: GpuArray | undefined,
  y: GpuArray,
  a: Conv2dAttrs,
): void {
  const s = sizes(x, w, b, a);
  if (y.size === 0) return;
  const pixels = s.batch * s.outH * s.outW;
  const tile = forwardTile(device, s, a);
  if (tile.block) {
    blockPath()?.launch(device, tile, { x, w, bias: b, y }, s, a, false);
    return;
  }
  device.launch({
    kernel: FORWARD[tile.variant],
    variant: { consts: tile.consts, overrides: { ...tile.overrides, RELU: a.relu ? 1 : 0, BIAS: b ? 1 : 0 } },
    arrays: { x, w, bias: b ?? w, y },
    params: params(s, a),
    grid: pixelGrid(ceilDiv(pixels, tile.cols), ceilDiv(s.outC, tile.rows)),
  });
}

function launchBackwardX(device: Device, dy: GpuArray, w: GpuArray, dx: GpuArray, s: Sizes, a: Conv2dAttrs): void {
  const pixels = s.batch * s.inH * s.inW;
  const tile = chooseTile(device, is3x3(s, a) ? 'conv2d_3x3_backward_x' : 'conv2d_backward_x', {
    rows: s.inC,
    columns: pixels,
    depth: s.outC * s.kH * s.kW,
    picture: [s.inH, s.inW],
  });
  if (tile.block) {
    blockPath()?.launch(device, tile, { x: dy, w, y: dx }, s, a, true);
    return;
  }
  const strided = a.stride[0] === 1 && a.stride[1] === 1 ? 0 : 1;
  device.launch({
    kernel: BACKWARD_X[tile.variant],
    variant: {
      consts: tile.consts,
      overrides: { ...tile.overrides, ...(tile.variant === 'subgroup' ? { STRIDED: strided } : {}) },
    },
    arrays: { dy, w, dx },
    params: params(s, a),
    grid: pixelGrid(ceilDiv(pixels, tile.cols), ceilDiv(s.inC, tile.rows)),
  });
}

function launchBackwardW(device: Device, x: GpuArray, dy: GpuArray, dw: GpuArray, s: Sizes, a: Conv2dAttrs): void {
  const depth = s.inC * s.kH * s.kW;
  const pixels = s.batch * s.outH * s.outW;
  const chosen = chooseTile(device, 'conv2d_backward_w', { rows: s.outC, columns: depth, depth: pixels });
  // The subgroup kernel shuffles a pixel's row and column as one number of 15 and 16 bits.
  const fits = s.outH * a.stride[0] <= 2 ** 15 && s.outW * a.stride[1] <= 2 ** 16;
  const tile = fits || chosen.variant !== 'subgroup' ? chosen : portableTile();
  const [columns, rows] = [ceilDiv(depth, tile.cols), ceilDiv(s.outC, tile.rows)];
  // Enough workgroups for a large GPU (about 1,024), but never more parts than images. Parts also bound the rounding
  // error: each accumulator adds at most images / parts * pixels terms.
  const splits = Math.max(1, Math.min(s.batch, ceilDiv(1024, columns * rows)));
  const parts = splits === 1 ? dw : DeviceArray.empty(device, [splits, s.outC * depth]);
  device.launch({
    kernel: BACKWARD_W[tile.variant],
    variant: { consts: tile.consts, overrides: tile.overrides },
    arrays: { x, dy, dw: parts },
    params: params(s, a, splits),
    grid: [columns, rows, splits],
  });
  if (splits > 1) launchSum(device, parts, dw, { rows: 1, cols: dw.size, count: splits, step: dw.size, outer: 0 });
}

/** Inputs x [N, C, H, W], w [O, C, kH, kW], optional bias [O]; output [N, O, oH, oW]. */
export const conv2d = /* @__PURE__ */ defineOp<Conv2dAttrs>({
  name: 'conv2d',
  forward(device, [x0, w0, b], attrs) {
    const x = need(x0, 'conv2d', 'x');
    const w = need(w0, 'conv2d', 'w');
    const s = sizes(x, w, b, attrs);
    const y = DeviceArray.empty(device, [s.batch, s.outC, s.outH, s.outW]);
    launchConv2d(device, x, w, b, y, attrs);
    return { outputs: [y] };
  },
});

export const conv2dBackward: Backward<Conv2dAttrs> = ({ device, inputs, outputs, attrs, dy: [dy0], needs, grad }) => {
  const x = need(inputs[0], 'conv2d', 'x');
  const w = need(inputs[1], 'conv2d', 'w');
  const s = sizes(x, w, inputs[2], attrs);
  let dy = need(dy0, 'conv2d', 'dy');
  if (attrs.relu) {
    const masked = DeviceArray.empty(device, dy.shape);
    device.launch({
      kernel: wgsl.relu_mask,
      arrays: { y: outputs[0], dy, dx: masked },
      params: { n: dy.size },
      grid: linearGrid(ceilDiv(dy.size, 64)),
    });
    dy = masked;
  }
  const out: (GpuArray | undefined)[] = [undefined, undefined, undefined];
  const empty = x.size === 0 || dy.size === 0;
  if (needs[0]) {
    out[0] = grad(0);
    if (empty) device.clear(out[0]);
    else launchBackwardX(device, dy, w, out[0], s, attrs);
  }
  if (needs[1]) {
    out[1] = grad(1);
    if (empty) device.clear(out[1]);
    else launchBackwardW(device, x, dy, out[1], s, attrs);
  }
  if (needs[2]) {
    out[2] = grad(2);
    sumChannels(device, dy, s.batch, s.outC, s.outH * s.outW, out[2]);
  }
  return out;
};
