import {
  ArgumentError,
  ceilDiv,
  type Device,
  DeviceArray,
  type GpuArray,
  linearGrid,
  ShapeError,
  showShape,
  sizeOf,
} from '../gpu/index.ts';
import {
  type ChannelWalk,
  channelGrid,
  groupsPerChannel,
  partsOf,
  tileShape,
  walkOf,
  walkOverrides,
} from './channels.ts';
import { type Backward, defineOp, need } from './op.ts';
import * as wgsl from './wgsl.gen.ts';

export interface Batchnorm2dAttrs {
  /** Normalises with the batch's statistics and moves the running ones; with the running ones otherwise. */
  training: boolean;
  /** Weight of the new batch in the running statistics (Keras' 0.99 is 0.01 here). */
  momentum: number;
  eps: number;
  /** Applies max(0, .) to the result. Its gradient is 0 where y is not positive. */
  relu?: boolean;
}

const NAMES = ['gamma', 'beta', 'running mean', 'running variance'] as const;

function check(x: GpuArray, rest: readonly (GpuArray | undefined)[], a: Batchnorm2dAttrs): void {
  if (x.shape.length < 2)
    throw new ShapeError(`batchnorm2d: input must be [N, C, H, W] (or [N, C, ...]), got ${showShape(x.shape)}`);
  const [n, channels, ...spatial] = x.shape;
  rest.forEach((t, i) => {
    if (t && (t.shape.length !== 1 || t.shape[0] !== channels))
      throw new ShapeError(
        `batchnorm2d: ${NAMES[i]} must be [${channels}] for input ${showShape(x.shape)}, got ${showShape(t.shape)}`,
      );
  });
  if (!(a.eps > 0)) throw new ArgumentError(`batchnorm2d: eps must be above 0, got ${a.eps}`);
  if (!(a.momentum >= 0 && a.momentum <= 1))
    throw new ArgumentError(
      `batchnorm2d: momentum must lie in [0, 1], got ${a.momentum}; it is the weight of the new batch (Keras' 0.99 is 0.01 here)`,
    );
  if (!rest[2] !== !rest[3])
    throw new ArgumentError('batchnorm2d: running mean and variance must come together, got one; pass both or none');
  if (!a.training && !rest[2])
    throw new ArgumentError(
      'batchnorm2d: evaluation needs the running mean and variance, got none; pass both or train',
    );
  if (a.training && channels > 0 && n * sizeOf(spatial) < 2)
    throw new ShapeError(
      `batchnorm2d: training needs at least 2 values a channel, got ${showShape(x.shape)}; use a larger batch or evaluation mode`,
    );
}

/** Grid, variant and params that all kernels of one call share. */
interface Plan {
  walk: ChannelWalk;
  consts: { ITEMS: number };
  overrides: { WG: number; FLAT: number; WIDE: number };
}

function plan(device: Device, { shape: [n, channels, ...spatial] }: GpuArray): Plan {
  const plane = sizeOf(spatial);
  const tile = tileShape(plane);
  const walk = walkOf(n, channels, plane, tile.workgroup * tile.items, tile.flat);
  return { walk, consts: { ITEMS: tile.items }, overrides: walkOverrides(device, walk, tile) };
}

/** Mean, 1 / deviation, gamma / deviation and beta of every channel: [4, C]. */
function launchStats(
  device: Device,
  x: GpuArray,
  [gamma, beta, runningMean, runningVar]: readonly (GpuArray | undefined)[],
  { walk, consts, overrides }: Plan,
  a: Batchnorm2dAttrs,
): DeviceArray {
  const { channels } = walk;
  const stats = DeviceArray.empty(device, [4, channels]);
  const flags = { TRAINING: a.training ? 1 : 0, GAMMA: gamma ? 1 : 0, BETA: beta ? 1 : 0 };
  const split = partsOf(device, walk);
  let parts: GpuArray = stats;
  if (a.training) {
    parts = DeviceArray.empty(device, [split.parts, channels, 3]);
    device.launch({
      kernel: wgsl.batchnorm2d_stats,
      variant: { overrides, consts },
      arrays: { x, parts },
      params: { ...walk, per: split.per },
      grid: channelGrid(split.parts, channels),
    });
  }
  device.launch({
    kernel: wgsl.batchnorm2d_finish,
    variant: { overrides: { WG: 64, ...flags } },
    arrays: {
      // In evaluation there are no parts; `stats` itself may not be bound twice.
      parts: a.training ? parts : x,
      gamma: gamma ?? x,
      beta: beta ?? x,
      runningMean: runningMean ?? DeviceArray.zeros(device, [channels]),
      runningVar: runningVar ?? DeviceArray.zeros(device, [channels]),
      stats,
    },
    params: { channels, parts: split.parts, eps: a.eps, momentum: a.momentum },
    grid: linearGrid(ceilDiv(channels, 64)),
  });
  return stats;
}

/**
 * Inputs x [N, C, ...], optional gamma, beta, running mean, running variance [C]; output y like x. In training the running
 * statistics are updated in place. Saved: the statistics [4, C].
 */
export const batchnorm2d = /* @__PURE__ */ defineOp<Batchnorm2dAttrs>({
  name: 'batchnorm2d',
  forward(device, [x0, ...rest], attrs) {
    const x = need(x0, 'batchnorm2d', 'x');
    check(x, rest, attrs);
    const y = DeviceArray.empty(device, x.shape);
    if (x.size === 0) return { outputs: [y] };
    const p = plan(device, x);
    const stats = launchStats(device, x, rest, p, attrs);
    device.launch({
      kernel: wgsl.batchnorm2d,
      variant: { overrides: { ...p.overrides, RELU: attrs.relu ? 1 : 0 }, consts: p.consts },
      arrays: { x, stats, y },
      params: p.walk,
      grid: channelGrid(groupsPerChannel(device, p.walk), p.walk.channels),
    });
    return { outputs: [y], saved: [stats] };
  },
});

export const batchnorm2dBackward: Backward<Batchnorm2dAttrs> = ({
  device,
  inputs,
  saved: [stats],
  attrs,
  dy: [dy0],
  needs,
  grad,
}) => {
  const x = need(inputs[0], 'batchnorm2d', 'x');
  const dy = need(dy0, 'batchnorm2d', 'dy');
  const out = needs.map((wanted, i) => (wanted ? grad(i) : undefined));
  if (x.size === 0) {
    for (const g of out) if (g) device.clear(g);
    return out;
  }
  const { walk, consts, overrides } = plan(device, x);
  const { channels } = walk;
  const RELU = attrs.relu ? 1 : 0;
  let means: GpuArray = stats;
  if (needs[1] || needs[2] || (attrs.training && needs[0])) {
    const split = partsOf(device, walk);
    const parts = DeviceArray.empty(device, [split.parts, channels, 2]);
    means = DeviceArray.empty(device, [2, channels]);
    device.launch({
      kernel: wgsl.batchnorm2d_backward_sums,
      variant: { overrides: { ...overrides, RELU }, consts },
      arrays: { x, dy, stats, parts },
      params: { ...walk, per: split.per },
      grid: channelGrid(split.parts, channels),
    });
    device.launch({
      kernel: wgsl.batchnorm2d_backward_finish,
      arrays: {
        parts,
        stats,
        dgamma: out[1] ?? DeviceArray.empty(device, [channels]),
        dbeta: out[2] ?? DeviceArray.empty(device, [channels]),
        means,
      },
      params: { channels, count: x.size / channels, parts: split.parts },
      grid: linearGrid(ceilDiv(channels, 64)),
    });
  }
  const dx = out[0];
  if (dx) {
    device.launch({
      kernel: wgsl.batchnorm2d_backward,
      variant: { overrides: { ...overrides, RELU, TRAINING: attrs.training ? 1 : 0 }, consts },
      arrays: { x, dy, stats, means, dx },
      params: walk,
      grid: channelGrid(groupsPerChannel(device, walk), channels),
    });
  }
  return out;
};
