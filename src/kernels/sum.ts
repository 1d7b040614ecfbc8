import { ceilDiv, type Device, DeviceArray, type GpuArray, linearGrid, type Shape } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

/** A strided sum; see shaders/sum.wgsl. */
export interface SumSpec {
  rows: number;
  cols: number;
  /** Slices added, and the elements between them. */
  count: number;
  step: number;
  /** Elements between rows. */
  outer: number;
  /** A second, slower dimension of the sum. */
  count2?: number;
  step2?: number;
}

/** y[i, j] = sum of x[i * outer + o * step2 + r * step + j] over o and r. */
export function launchSum(device: Device, x: GpuArray, y: GpuArray, s: SumSpec): void {
  if (y.size === 0) return;
  if (s.count === 0) {
    device.clear(y);
    return;
  }
  const tree = s.count >= 64 && s.rows * s.cols < 4096;
  device.launch({
    kernel: wgsl.sum,
    variant: { overrides: { WG: 64, TREE: tree ? 1 : 0 } },
    arrays: { x, y },
    params: {
      rows: s.rows,
      cols: s.cols,
      count: s.count,
      outer: s.outer,
      step: s.step,
      count2: s.count2 ?? 1,
      step2: s.step2 ?? 0,
    },
    grid: linearGrid(tree ? s.rows * s.cols : ceilDiv(s.rows * s.cols, 64)),
  });
}

/** dy [N, C, P] summed over N and P: the gradient of a bias per channel. */
export function sumChannels(device: Device, dy: GpuArray, n: number, c: number, p: number, db: GpuArray): void {
  launchSum(device, dy, db, { rows: c, cols: 1, count: p, step: 1, outer: p, count2: n, step2: c * p });
}

/** x [m, n] summed over its rows. */
export function sumRowsInto(device: Device, x: GpuArray, m: number, n: number, y: GpuArray): void {
  launchSum(device, x, y, { rows: 1, cols: n, count: m, step: n, outer: 0 });
}

/**
 * Sums `x` [...lead, E] into `y` [...own, E], where `own` broadcasts to `lead` (matmul's batch dimensions).
 */
export function reduceRange(device: Device, x: GpuArray, y: GpuArray, lead: Shape, own: Shape): void {
  if (x.size === 0) {
    device.clear(y);
    return;
  }
  const each = x.size / lead.reduce((a, b) => a * b, 1);
  let shape = [...lead];
  let current: GpuArray = x;
  const axes = lead.map((_, i) => i).filter((i) => (own[i - lead.length + own.length] ?? 1) === 1 && lead[i] !== 1);
  axes.forEach((axis, step) => {
    const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const after = shape.slice(axis + 1).reduce((a, b) => a * b, 1) * each;
    const count = shape[axis];
    const target = step === axes.length - 1 ? y : DeviceArray.empty(device, [before * after]);
    launchSum(device, current, target, { rows: before, cols: after, count, step: after, outer: count * after });
    shape = shape.map((d, i) => (i === axis ? 1 : d));
    current = target;
  });
}
