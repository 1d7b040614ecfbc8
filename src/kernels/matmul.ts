import {
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
} from '../gpu/index.ts';
import { blockPath } from './block-path.ts';
import { type Backward, defineOp, need } from './op.ts';
import { reduceRange } from './sum.ts';
import { chooseTile } from './tile.ts';
import * as wgsl from './wgsl.gen.ts';

/** One product `y = act(a w + bias)`, described by strides in elements. */
export interface MatmulSpec {
  m: number;
  n: number;
  k: number;
  /** Strides of `a` along m and k. */
  a: readonly [number, number];
  /** Strides of `w` along k and n. */
  w: readonly [number, number];
  /** Sizes of up to three batch dimensions, and the strides of `a` and `w` along them (0 broadcasts). */
  batch?: readonly [number, number, number];
  aBatch?: readonly [number, number, number];
  wBatch?: readonly [number, number, number];
  bias?: GpuArray;
  relu?: boolean;
}

const KERNEL = { portable: wgsl.matmul, workgroup: wgsl.matmul_workgroup, subgroup: wgsl.matmul_subgroup };

/** Launches one product into `y`, contiguous [batch, m, n]. */
export function launchMatmul(device: Device, a: GpuArray, w: GpuArray, y: GpuArray, s: MatmulSpec): void {
  if (y.size === 0) return;
  if (s.k === 0 && !s.bias) {
    device.clear(y);
    return;
  }
  const [b0, b1, b2] = s.batch ?? [1, 1, 1];
  const [aB0, aB1, aB2] = s.aBatch ?? [0, 0, 0];
  const [wB0, wB1, wB2] = s.wBatch ?? [0, 0, 0];
  const path = blockPath();
  const product = path?.inFours(device, s) ? 'matmul_fours' : 'matmul';
  const tile = chooseTile(device, product, { rows: s.m, columns: s.n, depth: s.k });
  if (tile.only) {
    path?.launchFours(device, tile, a, w, y, s);
    return;
  }
  // Blocks of rows, of every product in turn.
  const [gridY, gridZ] = linearGrid(ceilDiv(s.m, tile.rows) * b0 * b1 * b2);
  device.launch({
    kernel: KERNEL[tile.variant],
    variant: { consts: tile.consts, overrides: { ...tile.overrides, RELU: s.relu ? 1 : 0, BIAS: s.bias ? 1 : 0 } },
    arrays: { a, w, bias: s.bias ?? w, y },
    params: {
      m: s.m,
      n: s.n,
      k: s.k,
      aRow: s.a[0],
      aCol: s.a[1],
      wRow: s.w[0],
      wCol: s.w[1],
      batches: b0 * b1 * b2,
      batch1: b1,
      batch2: b2,
      aB0,
      aB1,
      aB2,
      wB0,
      wB1,
      wB2,
    },
    grid: [ceilDiv(s.n, tile.cols), gridY, gridZ],
  });
}

/** A contiguous product: `a` [m, k] (or [k, m] with transA), `b` [k, n] (or [n, k] with transB), `y` [m, n]; see MatmulSpec. */
export function runMatmul(
  device: Device,
  a: GpuArray,
  b: GpuArray,
  y: GpuArray,
  o: {
    m: number;
    n: number;
    k: number;
    transA?: boolean;
    transB?: boolean;
    batch?: number;
    bias?: GpuArray;
    relu?: boolean;
  },
): void {
  const { m, n, k, batch = 1 } = o;
  launchMatmul(device, a, b, y, {
    m,
    n,
    k,
    a: o.transA ? [1, m] : [k, 1],
    w: o.transB ? [1, k] : [n, 1],
    batch: [1, 1, batch],
    aBatch: [0, 0, m * k],
    wBatch: [0, 0, k * n],
    bias: o.bias,
    relu: o.relu,
  });
}

export interface MatmulAttrs {
  /** Read the last two dimensions of `a` (or `b`) transposed. */
  transA?: boolean;
  transB?: boolean;
}

interface Plan {
  m: number;
  n: number;
  k: number;
  /** Leading dimensions of the result. */
  lead: number[];
  aLead: Shape;
  bLead: Shape;
}

function plan(a: GpuArray, b: GpuArray, attrs: MatmulAttrs): Plan {
  const wrong = (why: string) =>
    new ShapeError(
      `matmul: ${why}, got a ${showShape(a.shape)}${attrs.transA ? ' transposed' : ''} and b ${showShape(b.shape)}${attrs.transB ? ' transposed' : ''}`,
    );
  if (a.shape.length < 2 || b.shape.length < 2) throw wrong('both inputs need at least 2 dimensions');
  const [a0, a1] = a.shape.slice(-2);
  const [b0, b1] = b.shape.slice(-2);
  const [m, k] = attrs.transA ? [a1, a0] : [a0, a1];
  const [k2, n] = attrs.transB ? [b1, b0] : [b0, b1];
  if (k !== k2) throw wrong(`inner dimensions must agree (${k} and ${k2} do not)`);
  const aLead = a.shape.slice(0, -2);
  const bLead = b.shape.slice(0, -2);
  const rank = Math.max(aLead.length, bLead.length);
  if (rank > 3) throw wrong('at most 3 batch dimensions are supported');
  const lead: number[] = [];
  for (let i = 0; i < rank; i++) {
    const da = aLead[i - rank + aLead.length] ?? 1;
    const db = bLead[i - rank + bLead.length] ?? 1;
    if (da !== db && da !== 1 && db !== 1) throw wrong(`batch dimensions must broadcast (${da} and ${db} do not)`);
    lead.push(da === 1 ? db : da);
  }
  return { m, n, k, lead, aLead, bLead };
}

/** Three batch sizes, and the element strides of an operand along them: 0 where it broadcasts. */
function batchStrides(lead: readonly number[], own: Shape, each: number): [number, number, number] {
  const strides: [number, number, number] = [0, 0, 0];
  let step = each;
  for (let i = 0; i < own.length; i++) {
    const d = own[own.length - 1 - i];
    if (d !== 1 || lead[lead.length - 1 - i] === 1) strides[2 - i] = d === 1 ? 0 : step;
    step *= d;
  }
  return strides;
}

function pad3(lead: readonly number[]): [number, number, number] {
  return [lead.at(-3) ?? 1, lead.at(-2) ?? 1, lead.at(-1) ?? 1];
}

export const matmul = /* @__PURE__ */ defineOp<MatmulAttrs>({
  name: 'matmul',
  forward(device, inputs, attrs) {
    const a = need(inputs[0], 'matmul', 'a');
    const b = need(inputs[1], 'matmul', 'b');
    const p = plan(a, b, attrs);
    const y = DeviceArray.empty(device, [...p.lead, p.m, p.n]);
    launchMatmul(device, a, b, y, {
      m: p.m,
      n: p.n,
      k: p.k,
      a: attrs.transA ? [1, p.m] : [p.k, 1],
      w: attrs.transB ? [1, p.k] : [p.n, 1],
      batch: pad3(p.lead),
      aBatch: batchStrides(p.lead, p.aLead, p.m * p.k),
      wBatch: batchStrides(p.lead, p.bLead, p.k * p.n),
    });
    return { outputs: [y] };
  },
});

export const matmulBackward: Backward<MatmulAttrs> = ({ device, inputs, attrs, dy: [dy], needs, grad }) => {
  const a = need(inputs[0], 'matmul', 'a');
  const b = need(inputs[1], 'matmul', 'b');
  const g = need(dy, 'matmul', 'dy');
  const p = plan(a, b, attrs);
  const batch = pad3(p.lead);
  const gBatch = batchStrides(p.lead, p.lead, p.m * p.n);
  const aBatch = batchStrides(p.lead, p.aLead, p.m * p.k);
  const bBatch = batchStrides(p.lead, p.bLead, p.k * p.n);
  const aS: [number, number] = attrs.transA ? [1, p.m] : [p.k, 1];
  const bS: [number, number] = attrs.transB ? [1, p.k] : [p.n, 1];
  /** A product over the full batch, summed down to the operand's own batch dimensions where it was broadcast. */
  const into = (i: number, own: Shape, run: (out: GpuArray) => void): GpuArray => {
    const target = grad(i);
    if (sizeOf(own) === sizeOf(p.lead)) {
      run(target);
      return target;
    }
    const full = DeviceArray.empty(device, [...p.lead, target.size / sizeOf(own)]);
    run(full);
    reduceRange(device, full, target, p.lead, own);
    return target;
  };
  const da = needs[0]
    ? into(0, p.aLead, (out) =>
        // da = dy b^T; stored transposed when a was: then it is b dy^T.
        attrs.transA
          ? launchMatmul(device, b, g, out, {
              m: p.k,
              n: p.m,
              k: p.n,
              a: bS,
              w: [1, p.n],
              batch,
              aBatch: bBatch,
              wBatch: gBatch,
            })
          : launchMatmul(device, g, b, out, {
              m: p.m,
              n: p.k,
              k: p.n,
              a: [p.n, 1],
              w: [bS[1], bS[0]],
              batch,
              aBatch: gBatch,
              wBatch: bBatch,
            }),
      )
    : undefined;
  const db = needs[1]
    ? into(1, p.bLead, (out) =>
        attrs.transB
          ? launchMatmul(device, g, a, out, {
              m: p.n,
              n: p.k,
              k: p.m,
              a: [1, p.n],
              w: aS,
              batch,
              aBatch: gBatch,
              wBatch: aBatch,
            })
          : launchMatmul(device, a, g, out, {
              m: p.k,
              n: p.n,
              k: p.m,
              a: [aS[1], aS[0]],
              w: [p.n, 1],
              batch,
              aBatch,
              wBatch: gBatch,
            }),
      )
    : undefined;
  return [da, db];
};
