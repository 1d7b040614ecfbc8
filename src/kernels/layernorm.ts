import {
  ArgumentError,
  ceilDiv,
  DeviceArray,
  type GpuArray,
  linearGrid,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from '../gpu/index.ts';
import { type Backward, defineOp, need } from './op.ts';
import { sumRowsInto } from './sum.ts';
import * as wgsl from './wgsl.gen.ts';

export interface LayernormAttrs {
  /** The trailing dimensions that are normalised together. */
  normalizedShape: Shape;
  eps: number;
}

function check(
  x: GpuArray,
  params: readonly (GpuArray | undefined)[],
  a: LayernormAttrs,
): { rows: number; cols: number } {
  const shape = a.normalizedShape;
  const cols = sizeOf(shape);
  const lead = x.shape.length - shape.length;
  if (shape.length === 0 || cols === 0)
    throw new ArgumentError(`layernorm: the normalised shape must hold at least one value, got ${showShape(shape)}`);
  if (lead < 0 || !sameShape(x.shape.slice(lead), shape))
    throw new ShapeError(
      `layernorm: input must end in the normalised shape ${showShape(shape)}, got ${showShape(x.shape)}; pass normalizedShape`,
    );
  params.forEach((t, i) => {
    if (t && !sameShape(t.shape, shape))
      throw new ShapeError(
        `layernorm: ${i === 0 ? 'gamma' : 'beta'} must be ${showShape(shape)}, got ${showShape(t.shape)}`,
      );
  });
  if (!(a.eps > 0)) throw new ArgumentError(`layernorm: eps must be above 0, got ${a.eps}`);
  return { rows: x.size / cols, cols };
}

/** Inputs x [..., D], optional gamma, beta [D] (D may be several dimensions); output y like x. Saved: mean and 1 / deviation [R, 2]. */
export const layernorm = /* @__PURE__ */ defineOp<LayernormAttrs>({
  name: 'layernorm',
  forward(device, [x0, gamma, beta], attrs) {
    const x = need(x0, 'layernorm', 'x');
    const { rows, cols } = check(x, [gamma, beta], attrs);
    const y = DeviceArray.empty(device, x.shape);
    const stats = DeviceArray.empty(device, [rows, 2]);
    device.launch({
      kernel: wgsl.layernorm,
      variant: { overrides: { WG: 64, GAMMA: gamma ? 1 : 0, BETA: beta ? 1 : 0 } },
      arrays: { x, gamma: gamma ?? x, beta: beta ?? x, y, stats },
      params: { rows, cols, eps: attrs.eps },
      grid: linearGrid(rows),
    });
    return { outputs: [y], saved: [stats] };
  },
});

export const layernormBackward: Backward<LayernormAttrs> = ({
  device,
  inputs,
  saved: [stats],
  attrs,
  dy: [dy0],
  needs,
  grad,
}) => {
  const x = need(inputs[0], 'layernorm', 'x');
  const dy = need(dy0, 'layernorm', 'dy');
  const gamma = inputs[1];
  const cols = sizeOf(attrs.normalizedShape);
  const rows = x.size / cols;
  const out = needs.map((wanted, i) => (wanted ? grad(i) : undefined));
  const [dx, dgamma, dbeta] = out;
  if (dx)
    device.launch({
      kernel: wgsl.layernorm_backward_x,
      variant: { overrides: { WG: 64, GAMMA: gamma ? 1 : 0 } },
      arrays: { x, dy, gamma: gamma ?? x, stats, dx },
      params: { rows, cols },
      grid: linearGrid(rows),
    });
  if (rows === 0) {
    for (const g of [dgamma, dbeta]) if (g) device.clear(g);
  } else if (dgamma || dbeta) {
    // About 1,024 workgroups, of at least 16 rows each.
    const per = Math.max(16, ceilDiv(rows, Math.min(256, ceilDiv(1024, ceilDiv(cols, 64)))));
    const parts = ceilDiv(rows, per);
    const whole = parts === 1;
    const gammas = whole && dgamma ? dgamma : DeviceArray.empty(device, [parts, cols]);
    const betas = whole && dbeta ? dbeta : DeviceArray.empty(device, [parts, cols]);
    device.launch({
      kernel: wgsl.layernorm_backward_w,
      arrays: { x, dy, stats, dgamma: gammas, dbeta: betas },
      params: { rows, cols, per },
      grid: [ceilDiv(cols, 64), parts, 1],
    });
    if (!whole && dgamma) sumRowsInto(device, gammas, parts, cols, dgamma);
    if (!whole && dbeta) sumRowsInto(device, betas, parts, cols, dbeta);
  }
  return out;
};
