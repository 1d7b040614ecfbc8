import { ArgumentError, ceilDiv, DeviceArray, linearGrid, ShapeError, showShape } from '../gpu/index.ts';
import { type Backward, defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

/** How the losses of a batch become one: not at all, averaged (each over its target length), or summed. */
export type Reduction = 'none' | 'mean' | 'sum';

export interface CtcAttrs {
  readonly blank: number;
  readonly reduction: Reduction;
  readonly zeroInfinity: boolean;
  /** Whether to make the gradient too, in the same launch. */
  readonly gradient: boolean;
  /** One of CTC_VARIANTS, for tests and the tuner; by the length of the targets when absent. */
  readonly variant?: CtcVariant;
}

/** Workgroup size, and states a row in workgroup memory holds (0: rows in the workspace). */
export interface CtcVariant {
  readonly wg: number;
  readonly row: number;
}

export const CTC_VARIANTS: readonly CtcVariant[] = [
  { wg: 32, row: 64 },
  { wg: 64, row: 64 },
  { wg: 128, row: 128 },
  { wg: 256, row: 512 },
  { wg: 256, row: 0 },
];

/**
 * The kernel's variant for `states` = 2 S + 1 extended states. Software adapters (subgroups of 4 or 8) pay for every barrier by
 * the size of the workgroup: 5.7 ms with 32 invocations, 7.0 ms with 64 (llvmpipe, T 32, N 64, C 37, S 12).
 */
export function ctcVariant(states: number, subgroupSize = 0): CtcVariant {
  if (subgroupSize > 0 && subgroupSize <= 8 && states <= 64) return CTC_VARIANTS[0];
  return CTC_VARIANTS.find((v) => v.wg > 32 && states <= v.row) ?? CTC_VARIANTS[CTC_VARIANTS.length - 1];
}

/**
 * Inputs: logits [T, N, C], targets i32 [N, S], input lengths i32 [N], target lengths i32 [N].
 * Outputs: loss ([] or [N]), losses of the items [N] (absent where the reduction is none), impossible items i32 [].
 */
export const ctcOp = /* @__PURE__ */ defineOp<CtcAttrs>({
  name: 'ctc',
  forward(device, inputs, attrs) {
    const logits = need(inputs[0], 'ctc', 'logits');
    const targets = need(inputs[1], 'ctc', 'targets');
    const inputLengths = need(inputs[2], 'ctc', 'inputLengths');
    const targetLengths = need(inputs[3], 'ctc', 'targetLengths');
    if (logits.shape.length !== 3 || logits.dtype !== 'f32')
      throw new ShapeError(`ctc: logits must be f32 [T, N, C], got ${logits.dtype} ${showShape(logits.shape)}`);
    const [T, N, C] = logits.shape;
    if (targets.shape.length !== 2 || targets.shape[0] !== N || targets.dtype !== 'i32')
      throw new ShapeError(
        `ctc: targets must be i32 [${N}, S] for logits ${showShape(logits.shape)}, got ${targets.dtype} ${showShape(targets.shape)}; pad each row to the longest`,
      );
    for (const [name, a] of Object.entries({ inputLengths, targetLengths }))
      if (a.size !== N || a.dtype !== 'i32')
        throw new ShapeError(`ctc: ${name} must be i32 [${N}], got ${a.dtype} ${showShape(a.shape)}`);
    if (!Number.isInteger(attrs.blank) || attrs.blank < 0 || attrs.blank >= C)
      throw new ArgumentError(`ctc: blank must be a class of 0 to ${C - 1}, got ${attrs.blank}`);
    const S = targets.shape[1];
    const states = 2 * S + 1;
    const { wg, row } = attrs.variant ?? ctcVariant(states, device.adapter.subgroupSize);
    if (row > 0 && row < states) throw new ArgumentError(`ctc: variant holds ${row} states a row, got ${states}`);
    const stride = 2 * T + S + 2 * T * states + (row === 0 ? 4 * (states + 2) : 0);
    const items = DeviceArray.empty(device, [N]);
    const impossible = DeviceArray.empty(device, [N], 'i32');
    const dlogits = DeviceArray.empty(device, attrs.gradient ? logits.shape : [1]);
    const work = DeviceArray.empty(device, [Math.max(1, N * stride)]);
    device.launch({
      kernel: wgsl.ctc,
      variant: { consts: { ROW: row }, overrides: { WG: wg } },
      arrays: { logits, targets, inputLengths, targetLengths, loss: items, impossible, dlogits, work },
      params: {
        T,
        N,
        C,
        S,
        blank: attrs.blank,
        zeroInfinity: Number(attrs.zeroInfinity),
        gradient: Number(attrs.gradient),
        stride,
      },
      grid: linearGrid(N),
    });
    const y = DeviceArray.empty(device, []);
    const count = DeviceArray.empty(device, [], 'i32');
    device.launch({
      kernel: wgsl.ctc_reduce,
      arrays: { loss: items, impossible, targetLengths, y, count },
      params: { N, mean: Number(attrs.reduction === 'mean'), zeroInfinity: Number(attrs.zeroInfinity) },
      grid: [1, 1, 1],
    });
    const outputs = attrs.reduction === 'none' ? [items, count] : [y, items, count];
    return { outputs, saved: [dlogits] };
  },
});

export const ctcBackward: Backward<CtcAttrs> = ({ device, inputs, saved, attrs, dy, grad, needs }) => {
  if (!needs[0]) return [];
  const logits = need(inputs[0], 'ctc', 'logits');
  const targetLengths = need(inputs[3], 'ctc', 'targetLengths');
  const [T, N, C] = logits.shape;
  if (!attrs.gradient) throw new ArgumentError('ctc: was run without its gradient');
  const none = attrs.reduction === 'none';
  const dyLoss = none ? undefined : dy[0];
  const ditems = none ? dy[0] : dy[1];
  const dx = grad(0);
  const any = dyLoss ?? ditems;
  if (!any) return [undefined];
  device.launch({
    kernel: wgsl.ctc_backward,
    arrays: { dlogits: saved[0], dy: dyLoss ?? any, ditems: ditems ?? any, targetLengths, dx },
    params: {
      T,
      N,
      C,
      hasDy: Number(dyLoss !== undefined),
      hasItems: Number(ditems !== undefined),
      mean: Number(attrs.reduction === 'mean'),
    },
    grid: C === 0 ? [0, 0, 0] : [linearGrid(N)[0], linearGrid(N)[1], ceilDiv(T, 8)],
  });
  return [dx];
};
