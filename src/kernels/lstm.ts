import { type Device, DeviceArray, type GpuArray, linearGrid } from '../gpu/index.ts';
import { blockPath } from './block-path.ts';
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

const GATES = 4;

function plan(inputs: readonly (GpuArray | undefined)[]): RecurrentPlan {
  return planRecurrent('lstm', GATES, inputs, ['h0', 'c0']);
}

function walkForward(
  device: Device,
  p: RecurrentPlan,
  own: { gates: GpuArray; entering: GpuArray; y: GpuArray; hn: GpuArray; cn: GpuArray },
  h0: GpuArray | undefined,
  c0: GpuArray | undefined,
  packed: GpuArray | undefined,
): void {
  const { w, wStride } = packedForward(device, p, packed);
  const arrays = { ...own, w, h0: h0 ?? w, c0: c0 ?? w };
  const params = { ...walkParams(p, wStride), hasH0: h0 ? 1 : 0, hasC0: c0 ? 1 : 0 };
  if (blockPath()?.launchLstm(device, p, arrays, params)) return;
  const s = walkShape(device, p, p.hidden);
  const common = { arrays, params: { ...params, groups: s.groups }, grid: linearGrid(s.groups) };
  if (s.subgroup)
    device.launch({
      kernel: wgsl.lstm_subgroup,
      variant: { consts: { ROWS: s.rows, CHUNK: s.chunk }, overrides: s.overrides },
      ...common,
    });
  else device.launch({ kernel: wgsl.lstm, variant: { consts: { ROWS: s.rows }, overrides: s.overrides }, ...common });
}

function walkBackward(
  device: Device,
  p: RecurrentPlan,
  gates: GpuArray,
  dh: GpuArray,
  dc: GpuArray,
  [dy, dhn, dcn]: readonly (GpuArray | undefined)[],
): void {
  const hasDh = startCarry(device, dhn, dh);
  const hasDc = startCarry(device, dcn, dc);
  const { w, wStride } = packBackward(device, p);
  const s = walkShape(device, p, GATES * p.hidden);
  const common = {
    arrays: { gates, w, dy: dy ?? w, dh, dc },
    params: { ...walkParams(p, wStride), groups: s.groups, hasDy: dy ? 1 : 0, hasDh, hasDc },
    grid: linearGrid(s.groups),
  };
  if (s.subgroup)
    device.launch({
      kernel: wgsl.lstm_backward_subgroup,
      variant: { consts: { ROWS: s.rows, UNITS: s.units, CHUNK: s.chunk, QUADS: s.chunk / 4 }, overrides: s.overrides },
      ...common,
    });
  else
    device.launch({
      kernel: wgsl.lstm_backward,
      variant: { consts: { ROWS: s.rows, UNITS: s.units }, overrides: s.overrides },
      ...common,
    });
}

/**
 * One LSTM layer in one or two directions. Inputs [x, wih, whh, bih, bhh, wihR, whhR, bihR, bhhR, h0, c0, packed], biases,
 * the reverse direction, the initial states and what `recurrentPack` made of the weights optional; outputs [y, hn, cn].
 */
export const lstm = /* @__PURE__ */ defineOp<Record<string, never>>({
  name: 'lstm',
  forward(device, inputs) {
    const p = plan(inputs);
    const dirs = p.directions.length;
    const state = [dirs, p.batch, p.hidden];
    const own = {
      gates: emptyGates(device, p),
      entering: emptyStates(device, p),
      y: DeviceArray.empty(device, [p.steps, p.batch, dirs * p.hidden]),
      hn: DeviceArray.empty(device, state),
      cn: DeviceArray.empty(device, state),
    };
    projectInputs(device, p, own.gates);
    walkForward(device, p, own, inputs[9], inputs[10], inputs[11]);
    return { outputs: [own.y, own.hn, own.cn], saved: [own.gates, own.entering] };
  },
});

export const lstmBackward: Backward<Record<string, never>> = ({
  device,
  inputs,
  saved: [gates, entering],
  dy,
  needs,
  grad,
}) => {
  const p = plan(inputs);
  const state = [p.directions.length, p.batch, p.hidden];
  // The walk carries dh and dc in place and leaves the initial states' gradients there.
  const dh = needs[9] ? grad(9) : DeviceArray.empty(device, state);
  const dc = needs[10] ? grad(10) : DeviceArray.empty(device, state);
  walkBackward(device, p, gates, dh, dc, dy);
  return [
    ...weightGradients(device, p, gates, gates, entering, needs, grad),
    needs[9] ? dh : undefined,
    needs[10] ? dc : undefined,
  ];
};
