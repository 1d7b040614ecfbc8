import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid, type Shape, sameShape } from '../gpu/index.ts';
import { copyStrided } from './layout.ts';
import { type Backward, defineOp, need, type Op } from './op.ts';
import { launchReduce } from './reduce.ts';
import { BLOCK, broadcastShapes, broadcastStrides, mergeDims, needDtype, walkParams } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export const BINARY_OPS = ['add', 'sub', 'mul', 'div'] as const;
export type BinaryKind = (typeof BINARY_OPS)[number];
/** In the order of the shader's KIND; the last two serve gradients: -(a / b), and 1 where a equals b. */
export const BINARY_KINDS = ['add', 'sub', 'mul', 'div', 'negdiv', 'equal'] as const;

/** y = f(a, b), both broadcast to y's shape. */
export function launchBinary(
  device: Device,
  kind: (typeof BINARY_KINDS)[number],
  a: GpuArray,
  b: GpuArray,
  y: GpuArray,
): void {
  const walk = mergeDims(y.shape, [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)]);
  const { rank, rows, params } = walkParams(kind, walk);
  device.launch({
    kernel: wgsl.binary,
    variant: { overrides: { KIND: BINARY_KINDS.indexOf(kind), RANK: rank, ROWS: rows } },
    arrays: { a, b, y },
    params: { n: y.size, ...params },
    grid: linearGrid(ceilDiv(y.size, BLOCK)),
  });
}

/** The gradient of broadcasting: `x`, times `scale`, summed down to the shape of `y`. */
export function sumTo(device: Device, x: GpuArray, y: GpuArray, scale = 1): void {
  const skipped = x.shape.length - y.shape.length;
  const dims = x.shape.flatMap((extent, d) => (d < skipped || (y.shape[d - skipped] === 1 && extent !== 1) ? [d] : []));
  if (dims.length > 0) {
    launchReduce(device, 'sum', x, y, dims, scale);
    return;
  }
  const walk = mergeDims([x.size], [[1], [1]]);
  copyStrided(device, 'add', x, y, walk, { scale });
}

function binaryOp(kind: BinaryKind): Op<Record<string, never>> {
  return defineOp<Record<string, never>>({
    name: kind,
    forward(device, inputs) {
      const a = need(inputs[0], kind, 'a');
      const b = need(inputs[1], kind, 'b');
      needDtype(kind, 'a', a, 'f32');
      needDtype(kind, 'b', b, 'f32');
      const y = DeviceArray.empty(device, broadcastShapes(kind, a.shape, b.shape));
      launchBinary(device, kind, a, b, y);
      return { outputs: [y] };
    },
  });
}

function backwardOf(kind: BinaryKind): Backward<Record<string, never>> {
  return ({ device, inputs, outputs: [y], dy, needs, grad }) => {
    const a = need(inputs[0], kind, 'a');
    const b = need(inputs[1], kind, 'b');
    const g = need(dy[0], kind, 'dy');
    /** Computes at y's shape, then sums down to the input's own where it was broadcast. */
    const into = (i: number, shape: Shape, run: (out: GpuArray) => void): GpuArray => {
      const target = grad(i);
      if (sameShape(shape, y.shape)) {
        run(target);
        return target;
      }
      const full = DeviceArray.empty(device, y.shape);
      run(full);
      sumTo(device, full, target);
      return target;
    };
    const passed = (i: number, scale: number): GpuArray => {
      const target = grad(i);
      sumTo(device, g, target, scale);
      return target;
    };
    const additive = kind === 'add' || kind === 'sub';
    const da = () => (additive ? passed(0, 1) : into(0, a.shape, (out) => launchBinary(device, kind, g, b, out)));
    const db = () => {
      if (additive) return passed(1, kind === 'add' ? 1 : -1);
      if (kind === 'mul') return into(1, b.shape, (out) => launchBinary(device, 'mul', g, a, out));
      return into(1, b.shape, (out) => {
        const gy = DeviceArray.empty(device, y.shape);
        launchBinary(device, 'mul', g, y, gy);
        launchBinary(device, 'negdiv', gy, b, out);
      });
    };
    return [needs[0] ? da() : undefined, needs[1] ? db() : undefined];
  };
}

/** One op a kind. */
export const binary: Readonly<Record<BinaryKind, Op<Record<string, never>>>> = {
  add: /* @__PURE__ */ binaryOp('add'),
  sub: /* @__PURE__ */ binaryOp('sub'),
  mul: /* @__PURE__ */ binaryOp('mul'),
  div: /* @__PURE__ */ binaryOp('div'),
};

export const binaryBackward: Readonly<Record<BinaryKind, Backward<Record<string, never>>>> = {
  add: /* @__PURE__ */ backwardOf('add'),
  sub: /* @__PURE__ */ backwardOf('sub'),
  mul: /* @__PURE__ */ backwardOf('mul'),
  div: /* @__PURE__ */ backwardOf('div'),
};
