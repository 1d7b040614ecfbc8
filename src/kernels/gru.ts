import { type Device, DeviceArray, type GpuArray, linearGrid } from '../gpu/index.ts';
import { type Backward, defineOp } from './op.ts';
import {
  emptyGates,
  emptyStates,
  planRecurrent,
  projectInputs,
  type RecurrentPlan,
  startCarry,
  walkParams,
  walkShape,
  weightGradients,
} from './recurrent.ts';
import { packBackward, packedForward } from './recurrent_pack.ts';
import * as wgsl from './wgsl.gen.ts';

const GATES = 3;

function plan(inputs: readonly (GpuArray | undefined)[]): RecurrentPlan {
  return planRecurrent('gru', GATES, inputs, ['h0']);
}

function walkForward(
  device: Device,
  p: RecurrentPlan,
  own: { gates: GpuArray; entering: GpuArray; y: GpuArray; hn: GpuArray },
  h0: GpuArray | undefined,
  packed: GpuArray | undefined,
): void {
  const { w, wStride } = packedForward(device, p, packed);
  const s = walkShape(device, p, p.hidden);
  const common = {
    arrays: { ...own, w, h0: h0 ?? w },
    params: { ...walkParams(p, wStride), groups: s.groups, hasH0: h0 ? 1 : 0 },
    grid: linearGrid(s.groups),
  };
  if (s.subgroup)
    device.launch({
      kernel: wgsl.gru_subgroup,
      variant: { consts: { ROWS: s.rows, CHUNK: s.chunk }, overrides: s.overrides },
      ...common,
    });
  else device.launch({ kernel: wgsl.gru, variant: { consts: { ROWS: s.rows }, overrides: s.overrides }, ...common });
}

function walkBackward(
  device: Device,
  p: RecurrentPlan,
  own: { gates: GpuArray; entering: GpuArray; dinner: GpuArray; dh: GpuArray },
  [dy, dhn]: readonly (GpuArray | undefined)[],
): void {
  const hasDh = startCarry(device, dhn, own.dh);
  const { w, wStride } = packBackward(device, p);
  const s = walkShape(device, p, GATES * p.hidden);
  const common = {
    arrays: { ...own, w, dy: dy ?? w },
    params: { ...walkParams(p, wStride), groups: s.groups, hasDy: dy ? 1 : 0, hasDh },
    grid: linearGrid(s.groups),
  };
  if (s.subgroup)
    device.launch({
      kernel: wgsl.gru_backward_subgroup,
      variant: { consts: { ROWS: s.rows, UNITS: s.units, CHUNK: s.chunk, QUADS: s.chunk / 4 }, overrides: s.overrides },
      ...common,
    });
  else
    device.launch({
      kernel: wgsl.gru_backward,
      variant: { consts: { ROWS: s.rows, UNITS: s.units }, overrides: s.overrides },
      ...common,
    });
}

/**
 * One GRU layer in one or two directions. Inputs [x, wih, whh, bih, bhh, wihR, whhR, bihR, bhhR, h0, packed], biases,
 * the reverse direction, the initial state and what `recurrentPack` made of the weights optional; outputs [y, hn].
 */
export const gru = /* @__PURE__ */ defineOp<Record<string, never>>({
  name: 'gru',
  forward(device, inputs) {
    const p = plan(inputs);
    const dirs = p.directions.length;
    const own = {
      gates: emptyGates(device, p),
      entering: emptyStates(device, p),
      y: DeviceArray.empty(device, [p.steps, p.batch, dirs * p.hidden]),
      hn: DeviceArray.empty(device, [dirs, p.batch, p.hidden]),
    };
    projectInputs(device, p, own.gates);
    walkForward(device, p, own, inputs[9], inputs[10]);
    return { outputs: [own.y, own.hn], saved: [own.gates, own.entering] };
  },
});

export const gruBackward: Backward<Record<string, never>> = ({
  device,
  inputs,
  saved: [gates, entering],
  dy,
  needs,
  grad,
}) => {
  const p = plan(inputs);
  const dirs = p.directions.length;
  const dinner = DeviceArray.empty(device, [dirs * p.gateStride]);
  // The walk carries dh in place and leaves the initial state's gradient there.
  const dh = needs[9] ? grad(9) : DeviceArray.empty(device, [dirs, p.batch, p.hidden]);
  walkBackward(device, p, { gates, entering, dinner, dh }, dy);
  return [...weightGradients(device, p, gates, dinner, entering, needs, grad), needs[9] ? dh : undefined];
};
