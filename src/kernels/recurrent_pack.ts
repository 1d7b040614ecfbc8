/** The recurrent weights of a layer as its walks through time read them. */
import {
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  ShapeError,
  sameShape,
  showShape,
} from '../gpu/index.ts';
import { defineOp, need } from './op.ts';
import { aligned, type Direction } from './recurrent.ts';
import * as wgsl from './wgsl.gen.ts';

/** Recurrent weights as the walk reads them, four values at a time, and how many of those lie from one direction to the next. */
export interface Packed<A extends GpuArray = GpuArray> {
  readonly w: A;
  readonly wStride: number;
}

/** Rows of four values a unit, as `recurrent_pack` takes them from the weights [G*H, H]. */
interface PackShape {
  readonly rows: number;
  readonly rowStride: number;
  readonly unitStride: number;
  readonly innerStride: number;
  readonly bias: boolean;
}

/** What packing needs to know of a layer. */
export interface PackPlan {
  readonly directions: readonly Pick<Direction, 'whh' | 'bhh'>[];
  readonly gates: number;
  readonly hidden: number;
}

function pack(device: Device, p: PackPlan, shape: PackShape): Packed<DeviceArray> {
  const [forward, reverse = forward] = p.directions;
  const { hidden, gates } = p;
  const { rows, rowStride, unitStride, innerStride, bias } = shape;
  const count = (rows + (bias ? 1 : 0)) * hidden * 4;
  const wStride = aligned(count);
  const y = DeviceArray.empty(device, [wStride * p.directions.length]);
  device.launch({
    kernel: wgsl.recurrent_pack,
    arrays: {
      w0: forward.whh,
      w1: reverse.whh,
      b0: forward.bhh ?? forward.whh,
      b1: reverse.bhh ?? reverse.whh,
      y,
    },
    params: {
      rows,
      hidden,
      size: gates * hidden * hidden,
      rowStride,
      unitStride,
      innerStride,
      biasRow: bias ? 1 : 0,
      gates,
      hasBias0: forward.bhh ? 1 : 0,
      hasBias1: reverse.bhh ? 1 : 0,
      dirs: p.directions.length,
      yStride: wStride,
    },
    grid: linearGrid(ceilDiv(count, 64)),
  });
  return { w: y, wStride: wStride / 4 };
}

/** As `packForward`, or what an earlier call made of the same weights. @throws ShapeError when that is of another layer. */
export function packedForward(device: Device, p: PackPlan, made: GpuArray | undefined): Packed {
  if (!made) return packForward(device, p);
  const wStride = aligned((p.hidden + 1) * p.hidden * 4);
  const size = wStride * p.directions.length;
  if (made.size !== size)
    throw new ShapeError(
      `recurrent layer: packed must have ${size} values for hidden size ${p.hidden}, got ${made.size}`,
    );
  return { w: made, wStride: wStride / 4 };
}

/** [D][H + 1, H, 4]: the gates of a unit side by side; the last row is b_hh. */
export function packForward(device: Device, p: PackPlan): Packed<DeviceArray> {
  const { hidden } = p;
  return pack(device, p, {
    rows: hidden,
    rowStride: 1,
    unitStride: hidden,
    innerStride: hidden * hidden,
    bias: true,
  });
}

/**
 * Inputs weightHh [G*H, H] and biasHh [G*H] (optional) of the forward direction, then of the reverse (optional); outputs what
 * `packForward` makes of them. For inference: no gradient.
 */
export const recurrentPack = /* @__PURE__ */ defineOp<{ gates: number }>({
  name: 'recurrent_pack',
  forward(device, [whh, bhh, whhR, bhhR], { gates }) {
    const first = need(whh, 'recurrent_pack', 'weightHh');
    const hidden = first.shape.at(-1) ?? 0;
    for (const w of [first, whhR])
      if (w && (hidden === 0 || !sameShape(w.shape, [gates * hidden, hidden])))
        throw new ShapeError(`recurrent_pack: weightHh must be [${gates}*H, H] with H > 0, got ${showShape(w.shape)}`);
    for (const b of [bhh, bhhR])
      if (b && !sameShape(b.shape, [gates * hidden]))
        throw new ShapeError(`recurrent_pack: biasHh must be [${gates * hidden}], got ${showShape(b.shape)}`);
    const directions = [{ whh: first, bhh }, ...(whhR ? [{ whh: whhR, bhh: bhhR }] : [])];
    return { outputs: [packForward(device, { directions, gates, hidden }).w] };
  },
});

/** Rows of the weights that the walk back takes at once, at most. */
const CHUNK_ROWS = 8;

/** [D][G*H / 4, H, 4]: four rows of PyTorch's layout side by side, zeros up to a whole chunk. */
export function packBackward(device: Device, p: PackPlan): Packed {
  const { hidden, gates } = p;
  return pack(device, p, {
    rows: (ceilDiv(gates * hidden, CHUNK_ROWS) * CHUNK_ROWS) / 4,
    rowStride: 4 * hidden,
    unitStride: 1,
    innerStride: hidden,
    bias: false,
  });
}
