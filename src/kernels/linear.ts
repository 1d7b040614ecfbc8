import { ceilDiv, DeviceArray, type GpuArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { runMatmul } from './matmul.ts';
import { type Backward, defineOp, need } from './op.ts';
import { sumRowsInto } from './sum.ts';
import * as wgsl from './wgsl.gen.ts';

export interface LinearAttrs {
  /** Applies max(0, .) after the bias. */
  relu?: boolean;
}

function check(x: GpuArray, w: GpuArray, b: GpuArray | undefined): { rows: number; i: number; o: number } {
  const i = x.shape.at(-1);
  if (i === undefined) throw new ShapeError('linear: input must be [..., in], got a scalar');
  if (w.shape.length !== 2 || w.shape[1] !== i)
    throw new ShapeError(
      `linear: weight must be [out, ${i}] for input ${showShape(x.shape)}, got ${showShape(w.shape)}`,
    );
  const o = w.shape[0];
  if (b && (b.shape.length !== 1 || b.shape[0] !== o))
    throw new ShapeError(`linear: bias must be [${o}] for weight ${showShape(w.shape)}, got ${showShape(b.shape)}`);
  return { rows: i === 0 ? x.shape.slice(0, -1).reduce((p, d) => p * d, 1) : x.size / i, i, o };
}

/** Inputs x [..., in], w [out, in], optional bias [out]; output [..., out]. */
export const linear = /* @__PURE__ */ defineOp<LinearAttrs>({
  name: 'linear',
  forward(device, [x0, w0, b], attrs) {
    const x = need(x0, 'linear', 'x');
    const w = need(w0, 'linear', 'w');
    const { rows, i, o } = check(x, w, b);
    const y = DeviceArray.empty(device, [...x.shape.slice(0, -1), o]);
    runMatmul(device, x, w, y, { m: rows, n: o, k: i, transB: true, bias: b, relu: attrs.relu });
    return { outputs: [y] };
  },
});

export const linearBackward: Backward<LinearAttrs> = ({ device, inputs, outputs, attrs, dy: [dy0], needs, grad }) => {
  const x = need(inputs[0], 'linear', 'x');
  const w = need(inputs[1], 'linear', 'w');
  const { rows, i, o } = check(x, w, inputs[2]);
  let dy = need(dy0, 'linear', 'dy');
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
  if (needs[0]) {
    out[0] = grad(0);
    runMatmul(device, dy, w, out[0], { m: rows, n: i, k: o });
  }
  if (needs[1]) {
    out[1] = grad(1);
    runMatmul(device, dy, x, out[1], { m: o, n: i, k: rows, transA: true });
  }
  if (needs[2]) {
    out[2] = grad(2);
    sumRowsInto(device, dy, rows, o, out[2]);
  }
  return out;
};
