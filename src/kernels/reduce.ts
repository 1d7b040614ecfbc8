import {
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  type Shape,
  ShapeError,
  showShape,
} from '../gpu/index.ts';
import { copyStrided } from './layout.ts';
import { type Backward, defineOp, need, type Op } from './op.ts';
import { broadcastStrides, mergeDims, needDtype, pow2AtLeast, resolveDims, stridesOf } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export interface ReduceAttrs {
  /** Dimensions to reduce, negative from the end; all when absent. */
  dims?: number | readonly number[];
  /** Keeps reduced dimensions with extent 1. */
  keepdim?: boolean;
}

const WG = 64;
/** Workgroups that keep a GPU busy: with fewer outputs the reduction is split into slices and a second pass. */
const ENOUGH_GROUPS = 256;
/** Elements a lane adds before splitting further stops paying. */
const PER_LANE = 16;

/** Kept and reduced dimensions, merged, innermost first. */
interface Plan {
  outputs: number;
  count: number;
  keep: { sizes: number[]; strides: number[] };
  fold: { sizes: number[]; strides: number[] };
}

function planReduce(op: string, shape: Shape, dims: readonly number[]): Plan {
  const strides = stridesOf(shape);
  // Strides tell the classes apart: kept dimensions on both sides of a reduced one do not line up.
  const keep = mergeDims(
    shape.map((n, d) => (dims.includes(d) ? 1 : n)),
    [strides],
  );
  const fold = mergeDims(
    shape.map((n, d) => (dims.includes(d) ? n : 1)),
    [strides],
  );
  if (keep.sizes.length > 3 || fold.sizes.length > 3)
    throw new ShapeError(`${op}: expected at most 3 separate groups of dimensions, got ${showShape(shape)}`, {
      hint: 'Reduce in two steps.',
    });
  const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
  return {
    outputs: product(keep.sizes),
    count: product(fold.sizes),
    keep: { sizes: [...keep.sizes], strides: [...keep.strides[0]] },
    fold: { sizes: [...fold.sizes], strides: [...fold.strides[0]] },
  };
}

/**
 * `y` = `scale` times the sum (or the maximum) of `x` over `dims`, in the order of the dimensions that stay.
 * Few outputs over many elements are split into partial results and reduced again.
 */
export function launchReduce(
  device: Device,
  kind: 'sum' | 'max',
  x: GpuArray,
  y: GpuArray,
  dims: readonly number[],
  scale = 1,
): void {
  if (y.size === 0) return;
  if (x.size === 0) {
    device.clear(y);
    return;
  }
  const p = planReduce(kind, x.shape, dims);
  const outputFirst = p.keep.strides[0] === 1 && p.keep.sizes[0] > 1;
  let lanes: number;
  if (outputFirst) {
    const wide = p.outputs >= WG * ENOUGH_GROUPS || p.count < 8;
    lanes = WG / Math.min(wide ? WG : 16, pow2AtLeast(p.outputs));
  } else if (p.count <= 64 && p.outputs >= 1024)
    lanes = 1; // enough outputs to do without barriers
  else lanes = Math.min(WG, pow2AtLeast(ceilDiv(p.count, 4)));
  const [r0, r1 = 1, r2 = 1] = p.fold.sizes;
  const rows = r1 * r2;
  const groups = ceilDiv(p.outputs, WG / lanes);
  const possible = Math.min(Math.floor(ENOUGH_GROUPS / groups), Math.floor(p.count / (lanes * PER_LANE)));
  // Two or three slices do not pay for a second pass.
  const wanted = possible < 4 ? 1 : possible;
  const rowsPer = wanted >= rows ? 1 : ceilDiv(rows, wanted);
  const colsPer = wanted >= rows ? ceilDiv(r0, Math.floor(wanted / rows)) : r0;
  const sliceCols = ceilDiv(r0, colsPer);
  const slices = ceilDiv(rows, rowsPer) * sliceCols;
  // Four columns a lane, where the rows give the other lanes enough to do.
  const lanesX = Math.min(lanes, pow2AtLeast(ceilDiv(colsPer, rowsPer > 1 ? 4 : 1)));
  const target = slices > 1 ? DeviceArray.empty(device, [slices, p.outputs]) : y;
  device.launch({
    kernel: wgsl.reduce,
    variant: { overrides: { KIND: kind === 'sum' ? 0 : 1, OUTPUT_FIRST: outputFirst ? 1 : 0 } },
    arrays: { x, y: target },
    params: {
      outputs: p.outputs,
      groups,
      slices,
      sliceCols,
      rowsPer,
      colsPer,
      lanes,
      laneShift: Math.log2(lanes),
      lanesX,
      lanesXShift: Math.log2(lanesX),
      k0: p.keep.sizes[0],
      k1: p.keep.sizes[1] ?? 1,
      ks0: p.keep.strides[0],
      ks1: p.keep.strides[1] ?? 0,
      ks2: p.keep.strides[2] ?? 0,
      r0,
      r1,
      rows,
      rs0: p.fold.strides[0],
      rs1: p.fold.strides[1] ?? 0,
      rs2: p.fold.strides[2] ?? 0,
      scale: slices > 1 ? 1 : scale,
    },
    grid: linearGrid(groups * slices),
  });
  if (slices > 1) launchReduce(device, kind, target, y, [0], scale);
}

/** `y` [n] = the sum of the rows of `x` [m, n]: the gradient of a bias. */
export function sumRows(device: Device, x: GpuArray, y: GpuArray): void {
  launchReduce(device, 'sum', x, y, [0]);
}

/** What a reduction gives. */
export interface Resolved {
  dims: number[];
  /** With every reduced dimension kept as 1. */
  kept: number[];
  shape: number[];
}

/** Checks a reduction before anything is launched. @throws ShapeError, ArgumentError */
export function resolveReduce(op: string, x: GpuArray, attrs: ReduceAttrs): Resolved {
  needDtype(op, 'x', x, 'f32');
  const dims = resolveDims(op, attrs.dims, x.shape.length);
  const kept = x.shape.map((n, d) => (dims.includes(d) ? 1 : n));
  if (op !== 'sum' && x.size === 0 && kept.every((n) => n > 0))
    throw new ShapeError(`${op}: expected at least one element, got ${showShape(x.shape)}`);
  planReduce(op, x.shape, dims);
  return { dims, kept, shape: attrs.keepdim ? kept : kept.filter((_, d) => !dims.includes(d)) };
}

function scaleOf(kind: 'sum' | 'mean', x: GpuArray, y: GpuArray): number {
  return kind === 'mean' ? y.size / x.size : 1;
}

function sumOp(kind: 'sum' | 'mean'): Op<ReduceAttrs> {
  return defineOp<ReduceAttrs>({
    name: kind,
    forward(device, inputs, attrs) {
      const x = need(inputs[0], kind, 'x');
      const { dims, shape } = resolveReduce(kind, x, attrs);
      const y = DeviceArray.empty(device, shape);
      launchReduce(device, 'sum', x, y, dims, scaleOf(kind, x, y));
      return { outputs: [y] };
    },
  });
}

function backwardOf(kind: 'sum' | 'mean'): Backward<ReduceAttrs> {
  return ({ device, inputs, outputs, attrs, dy, grad }) => {
    const x = need(inputs[0], kind, 'x');
    const g = need(dy[0], kind, 'dy');
    const { kept } = resolveReduce(kind, x, attrs);
    const dx = grad(0);
    const walk = mergeDims(x.shape, [broadcastStrides(kept, x.shape), stridesOf(x.shape)]);
    copyStrided(device, kind, g, dx, walk, { scale: scaleOf(kind, x, outputs[0]) });
    return [dx];
  };
}

export const sum = /* @__PURE__ */ sumOp('sum');
export const mean = /* @__PURE__ */ sumOp('mean');
export const sumBackward = /* @__PURE__ */ backwardOf('sum');
export const meanBackward = /* @__PURE__ */ backwardOf('mean');
