import {
  ArgumentError,
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  ShapeError,
  sameShape,
  showShape,
} from '../gpu/index.ts';
import { type Backward, defineOp, need } from './op.ts';
import { alongDim, BLOCK, mergeDims, resolveDim, resolveDims, stridesOf, type Walk, walkParams } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export interface CopyOptions {
  /** First element read and written. */
  xOffset?: number;
  yOffset?: number;
  /** Multiplies f32 values; without it bits are moved as they are. */
  scale?: number;
}

/** Moves elements of `x` into `y` along a walk whose operands are x and y. */
export function copyStrided(
  device: Device,
  op: string,
  x: GpuArray,
  y: GpuArray,
  walk: Walk,
  o: CopyOptions = {},
): void {
  const n = walk.sizes.reduce((a, b) => a * b, 1);
  const { rank, rows, params } = walkParams(op, walk);
  const { scale = 1 } = o;
  device.launch({
    kernel: wgsl.strided_copy,
    variant: { overrides: { RANK: rank, ROWS: rows, SCALE: scale === 1 ? 0 : 1 } },
    arrays: { x, y },
    params: { n, xOffset: o.xOffset ?? 0, yOffset: o.yOffset ?? 0, scale, ...params },
    grid: linearGrid(ceilDiv(n, BLOCK)),
  });
}

export interface PermuteAttrs {
  /** y's dimension d is x's dimension dims[d]. */
  dims: readonly number[];
}

function permuteWalk(x: GpuArray, attrs: PermuteAttrs): { shape: number[]; walk: Walk } {
  const rank = x.shape.length;
  const dims = attrs.dims.map((d) => resolveDim('permute', d, rank));
  if (dims.length !== rank || new Set(dims).size !== rank)
    throw new ShapeError(
      `permute: expected every dimension of ${showShape(x.shape)} once, got [${attrs.dims.join(', ')}]`,
    );
  const from = stridesOf(x.shape);
  const shape = dims.map((d) => x.shape[d]);
  const walk = mergeDims(shape, [dims.map((d) => from[d]), stridesOf(shape)]);
  walkParams('permute', walk);
  return { shape, walk };
}

/** The walk with its operands exchanged: what the gradient of a move needs. */
function reversed(walk: Walk): Walk {
  return { sizes: walk.sizes, strides: [walk.strides[1], walk.strides[0]] };
}

export const permute = /* @__PURE__ */ defineOp<PermuteAttrs>({
  name: 'permute',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'permute', 'x');
    const { shape, walk } = permuteWalk(x, attrs);
    const y = DeviceArray.empty(device, shape, x.dtype);
    copyStrided(device, 'permute', x, y, walk);
    return { outputs: [y] };
  },
});

export const permuteBackward: Backward<PermuteAttrs> = ({ device, inputs, attrs, dy, grad }) => {
  const dx = grad(0);
  const { walk } = permuteWalk(need(inputs[0], 'permute', 'x'), attrs);
  copyStrided(device, 'permute', need(dy[0], 'permute', 'dy'), dx, reversed(walk));
  return [dx];
};

export interface SliceAttrs {
  dim: number;
  /** Negative positions count from the end; both are clamped to the extent. */
  start: number;
  /** Exclusive. */
  end: number;
  step: number;
}

function sliceWalk(x: GpuArray, attrs: SliceAttrs): { shape: number[]; walk: Walk; offset: number } {
  const d = resolveDim('slice', attrs.dim, x.shape.length);
  const { start, end, step } = attrs;
  if (!Number.isInteger(step) || step < 1)
    throw new ArgumentError(`slice: step must be a positive integer, got ${step}`);
  if (Number.isNaN(start) || Number.isNaN(end)) throw new ArgumentError(`slice: expected a range, got ${start}:${end}`);
  const extent = x.shape[d];
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent);
  const first = clamp(start);
  const shape = x.shape.map((n, i) => (i === d ? Math.max(0, Math.ceil((clamp(end) - first) / step)) : n));
  const from = stridesOf(x.shape);
  const walk = mergeDims(shape, [from.map((s, i) => (i === d ? s * step : s)), stridesOf(shape)]);
  walkParams('slice', walk);
  return { shape, walk, offset: first * from[d] };
}

export const slice = /* @__PURE__ */ defineOp<SliceAttrs>({
  name: 'slice',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'slice', 'x');
    const { shape, walk, offset } = sliceWalk(x, attrs);
    const y = DeviceArray.empty(device, shape, x.dtype);
    copyStrided(device, 'slice', x, y, walk, { xOffset: offset });
    return { outputs: [y] };
  },
});

export const sliceBackward: Backward<SliceAttrs> = ({ device, inputs, attrs, dy, grad }) => {
  const dx = grad(0);
  const { walk, offset } = sliceWalk(need(inputs[0], 'slice', 'x'), attrs);
  device.clear(dx);
  copyStrided(device, 'slice', need(dy[0], 'slice', 'dy'), dx, reversed(walk), { yOffset: offset });
  return [dx];
};

export interface FlipAttrs {
  dims: number | readonly number[];
}

function flipInto(device: Device, x: GpuArray, y: GpuArray, attrs: FlipAttrs): void {
  const dims = resolveDims('flip', attrs.dims, x.shape.length);
  const strides = stridesOf(x.shape);
  const offset = dims.reduce((at, d) => at + (x.shape[d] - 1) * strides[d], 0);
  const walk = mergeDims(x.shape, [strides.map((s, d) => (dims.includes(d) ? -s : s)), strides]);
  copyStrided(device, 'flip', x, y, walk, { xOffset: offset });
}

export const flip = /* @__PURE__ */ defineOp<FlipAttrs>({
  name: 'flip',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'flip', 'x');
    const y = DeviceArray.empty(device, x.shape, x.dtype);
    flipInto(device, x, y, attrs);
    return { outputs: [y] };
  },
});

export const flipBackward: Backward<FlipAttrs> = ({ device, attrs, dy, grad }) => {
  const dx = grad(0);
  flipInto(device, need(dy[0], 'flip', 'dy'), dx, attrs);
  return [dx];
};

export interface ConcatAttrs {
  dim: number;
}

/** Where each part lies in the whole. */
function concatPlan(parts: readonly GpuArray[], attrs: ConcatAttrs) {
  const [first] = parts;
  const d = resolveDim('concat', attrs.dim, first.shape.length);
  let start = 0;
  const places = parts.map((p) => {
    const fits = p.shape.length === first.shape.length && p.shape.every((n, i) => i === d || n === first.shape[i]);
    if (!fits)
      throw new ShapeError(
        `concat: expected shapes equal to ${showShape(first.shape)} outside dimension ${d}, got ${showShape(p.shape)}`,
      );
    if (p.dtype !== first.dtype) throw new ArgumentError(`concat: expected ${first.dtype} everywhere, got ${p.dtype}`);
    const place = { start, ...alongDim(p.shape, d) };
    start += p.shape[d];
    return place;
  });
  const total = start;
  const walks = places.map(({ start: at, outer, extent, inner }) => ({
    walk: mergeDims(
      [outer, extent * inner],
      [
        [extent * inner, 1],
        [total * inner, 1],
      ],
    ),
    offset: at * inner,
  }));
  return { shape: first.shape.map((n, i) => (i === d ? total : n)), walks };
}

export const concat = /* @__PURE__ */ defineOp<ConcatAttrs>({
  name: 'concat',
  forward(device, inputs, attrs) {
    const parts = inputs.map((x) => need(x, 'concat', 'x'));
    const { shape, walks } = concatPlan(parts, attrs);
    const y = DeviceArray.empty(device, shape, parts[0].dtype);
    parts.forEach((x, i) => {
      copyStrided(device, 'concat', x, y, walks[i].walk, { yOffset: walks[i].offset });
    });
    return { outputs: [y] };
  },
});

export const concatBackward: Backward<ConcatAttrs> = ({ device, inputs, attrs, dy, needs, grad }) => {
  const g = need(dy[0], 'concat', 'dy');
  const { walks } = concatPlan(
    inputs.map((x) => need(x, 'concat', 'x')),
    attrs,
  );
  return inputs.map((_, i) => {
    if (!needs[i]) return undefined;
    const dx = grad(i);
    copyStrided(device, 'concat', g, dx, reversed(walks[i].walk), { xOffset: walks[i].offset });
    return dx;
  });
};

export interface ReshapeAttrs {
  /** Resolved: no -1. */
  shape: readonly number[];
}

export const reshape = /* @__PURE__ */ defineOp<ReshapeAttrs>({
  name: 'reshape',
  forward(_device, inputs, { shape }) {
    const x = need(inputs[0], 'reshape', 'x');
    if (!(x instanceof DeviceArray)) throw new ArgumentError('reshape: expected an array of this device');
    return { outputs: [x.view(shape)] };
  },
});

export const reshapeBackward: Backward<ReshapeAttrs> = ({ device, inputs, dy, grad }) => {
  const x = need(inputs[0], 'reshape', 'x');
  const g = need(dy[0], 'reshape', 'dy');
  // A gradient on its way shares its memory; one that came from the caller is copied, so that it stays the caller's.
  if (g instanceof DeviceArray) return [sameShape(g.shape, x.shape) ? g : g.view(x.shape)];
  const dx = grad(0);
  device.copy(g, dx);
  return [dx];
};
