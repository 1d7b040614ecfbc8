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
import { BLOCK, needDtype } from './walk.ts';
import * as wgsl from './wgsl.gen.ts';

export interface DropoutAttrs {
  /** Share of elements that become zero. */
  p: number;
  /** Names the stream: every dropout of a model needs its own. */
  seed: number;
}

/** @throws ArgumentError outside of [0, 1]. */
export function checkProbability(op: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${op}: p must be from 0 to 1, got ${p}`);
}

function launchDropout(device: Device, x: GpuArray, step: GpuArray, y: GpuArray, { p, seed }: DropoutAttrs): void {
  if (p === 1) {
    device.clear(y);
    return;
  }
  device.launch({
    kernel: wgsl.dropout,
    arrays: { x, step, y },
    params: {
      n: y.size,
      seed: seed >>> 0,
      threshold: Math.min(2 ** 32 - 1, Math.round(p * 2 ** 32)),
      scale: 1 / (1 - p),
    },
    grid: linearGrid(ceilDiv(y.size, BLOCK)),
  });
}

export const dropout = /* @__PURE__ */ defineOp<DropoutAttrs>({
  name: 'dropout',
  forward(device, inputs, attrs) {
    const x = need(inputs[0], 'dropout', 'x');
    const step = need(inputs[1], 'dropout', 'step');
    checkProbability('dropout', attrs.p);
    needDtype('dropout', 'x', x, 'f32');
    needDtype('dropout', 'step', step, 'u32');
    if (step.size !== 1) throw new ShapeError(`dropout: step must hold one counter, got ${showShape(step.shape)}`);
    const y = DeviceArray.empty(device, x.shape);
    launchDropout(device, x, step, y, attrs);
    return { outputs: [y] };
  },
});

export const dropoutBackward: Backward<DropoutAttrs> = ({ device, inputs, attrs, dy, grad }) => {
  const dx = grad(0);
  launchDropout(device, need(dy[0], 'dropout', 'dy'), need(inputs[1], 'dropout', 'step'), dx, attrs);
  return [dx, undefined];
};

export interface DropoutMaskAttrs {
  p: number;
}

function launchMask(device: Device, x: GpuArray, mask: GpuArray, y: GpuArray, p: number): void {
  device.launch({
    kernel: wgsl.dropout_mask,
    arrays: { x, mask, y },
    params: { n: y.size, scale: p === 1 ? 0 : 1 / (1 - p) },
    grid: linearGrid(ceilDiv(y.size, BLOCK)),
  });
}

export const dropoutGivenMask = /* @__PURE__ */ defineOp<DropoutMaskAttrs>({
  name: 'dropout_given_mask',
  forward(device, inputs, { p }) {
    const x = need(inputs[0], 'dropout_given_mask', 'x');
    const mask = need(inputs[1], 'dropout_given_mask', 'mask');
    checkProbability('dropout_given_mask', p);
    needDtype('dropout_given_mask', 'x', x, 'f32');
    needDtype('dropout_given_mask', 'mask', mask, 'f32');
    if (!sameShape(x.shape, mask.shape))
      throw new ShapeError(
        `dropout_given_mask: mask must be ${showShape(x.shape)} like x, got ${showShape(mask.shape)}`,
      );
    const y = DeviceArray.empty(device, x.shape);
    launchMask(device, x, mask, y, p);
    return { outputs: [y] };
  },
});

export const dropoutGivenMaskBackward: Backward<DropoutMaskAttrs> = ({ device, inputs, attrs, dy, needs, grad }) => {
  if (needs[1])
    throw new ArgumentError('dropout_given_mask: mask has no gradient', { hint: 'Cut it off with detach().' });
  const dx = grad(0);
  launchMask(
    device,
    need(dy[0], 'dropout_given_mask', 'dy'),
    need(inputs[1], 'dropout_given_mask', 'mask'),
    dx,
    attrs.p,
  );
  return [dx, undefined];
};
