import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid } from '../gpu/index.ts';
import { type Backward, defineOp, need, type Op } from './op.ts';
import { BLOCK, needDtype } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

/** In the order of the shaders' KIND. */
export const UNARY_KINDS = [
  'relu',
  'leaky_relu',
  'sigmoid',
  'tanh',
  'gelu',
  'silu',
  'hardswish',
  'exp',
  'log',
  'sqrt',
  'square',
  'neg',
  'abs',
] as const;
export type UnaryKind = (typeof UNARY_KINDS)[number];

export interface UnaryAttrs {
  /** leaky_relu only: the factor of negative values. */
  slope?: number;
}

/** y = f(x), element by element. */
export function launchUnary(device: Device, kind: UnaryKind, x: GpuArray, y: GpuArray, slope = 0): void {
  device.launch({
    kernel: wgsl.unary,
    variant: { overrides: { KIND: UNARY_KINDS.indexOf(kind) } },
    arrays: { x, y },
    params: { n: y.size, slope },
    grid: linearGrid(ceilDiv(y.size, BLOCK)),
  });
}

function unaryOp(kind: UnaryKind): Op<UnaryAttrs> {
  return defineOp<UnaryAttrs>({
    name: kind,
    forward(device, inputs, { slope }) {
      const x = need(inputs[0], kind, 'x');
      needDtype(kind, 'x', x, 'f32');
      const y = DeviceArray.empty(device, x.shape);
      launchUnary(device, kind, x, y, slope);
      return { outputs: [y] };
    },
  });
}

function backwardOf(kind: UnaryKind): Backward<UnaryAttrs> {
  return ({ device, inputs, outputs, attrs, dy, grad }) => {
    const dx = grad(0);
    device.launch({
      kernel: wgsl.unary_backward,
      variant: { overrides: { KIND: UNARY_KINDS.indexOf(kind) } },
      arrays: { x: need(inputs[0], kind, 'x'), y: outputs[0], dy: need(dy[0], kind, 'dy'), dx },
      params: { n: dx.size, slope: attrs.slope ?? 0 },
      grid: linearGrid(ceilDiv(dx.size, BLOCK)),
    });
    return [dx];
  };
}

/** One op a kind. */
export const unary = /* @__PURE__ */ Object.fromEntries(UNARY_KINDS.map((k) => [k, unaryOp(k)])) as Record<
  UnaryKind,
  Op<UnaryAttrs>
>;

export const unaryBackward = /* @__PURE__ */ Object.fromEntries(UNARY_KINDS.map((k) => [k, backwardOf(k)])) as Record<
  UnaryKind,
  Backward<UnaryAttrs>
>;
