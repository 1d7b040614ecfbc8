import {
  add,
  backward,
  gru,
  linear,
  lstm,
  matmul,
  mul,
  noGrad,
  reshape,
  sigmoid,
  slice,
  stack,
  sub,
  sum,
  Tensor,
  tanh,
} from '../autograd/index.ts';
import type { Device, Replay } from '../gpu/index.ts';
import { Arrays } from './case.ts';
import { median, wallTime } from './measure.ts';
import type { Column, Row } from './table.ts';

/** A recurrent layer of one direction. */
export interface WalkSpec {
  readonly cell: 'lstm' | 'gru';
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
}

/** A layer in one launch through all time steps, beside the same layer called once for each. */
export interface WalkResult extends WalkSpec {
  readonly pass: 'forward' | 'forward and backward';
  /** Median milliseconds of the whole layer, its input projection included. */
  readonly ms: number;
  readonly stepwiseMs: number;
  readonly dispatches: number;
  readonly stepwiseDispatches: number;
}

/** The sizes of the table: the study's 42 time steps, one word to a batch, the small models' layer and the study's. */
export const WALKS: readonly WalkSpec[] = (['lstm', 'gru'] as const).flatMap((cell) =>
  [96, 256].flatMap((hidden) => [1, 16, 64].map((batch) => ({ cell, steps: 42, batch, inputs: hidden, hidden }))),
);

const GATES = { lstm: 4, gru: 3 } as const;

interface Weights {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  readonly biasIh: Tensor;
}

type Layer = (x: Tensor, weights: Weights) => Tensor;

/** The layer's output [T, B, H] at once. */
const whole =
  (cell: WalkSpec['cell']): Layer =>
  (x, weights) =>
    cell === 'lstm' ? lstm(x, weights).y : gru(x, weights).y;

/** The gates [B, H] of one time step, each a part of [B, G*H]. */
function gatesOf(all: Tensor, gates: number): Tensor[] {
  const hidden = all.shape[1] / gates;
  return Array.from({ length: gates }, (_, g) => slice(all, 1, g * hidden, (g + 1) * hidden));
}

/** The same from the products, sums and activations of each time step, as an engine without a recurrent kernel has it. */
const stepwise =
  ({ cell, steps, batch, hidden }: WalkSpec): Layer =>
  (x, { weightIh, weightHh, biasIh }) => {
    const projected = linear(reshape(x, [steps * batch, x.shape[2]]), weightIh, biasIh);
    const states: Tensor[] = [];
    let h = Tensor.zeros(x.device, [batch, hidden]);
    let c = h;
    for (let t = 0; t < steps; t++) {
      const given = slice(projected, 0, t * batch, (t + 1) * batch);
      const heard = matmul(h, weightHh, { transB: true });
      if (cell === 'lstm') {
        const [i, f, g, o] = gatesOf(add(given, heard), 4);
        c = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
        h = mul(sigmoid(o), tanh(c));
      } else {
        const [a, b] = [gatesOf(given, 3), gatesOf(heard, 3)];
        const n = tanh(add(a[2], mul(sigmoid(add(a[0], b[0])), b[2])));
        const z = sigmoid(add(a[1], b[1]));
        h = add(n, mul(z, sub(h, n)));
      }
      states.push(h);
    }
    return stack(states);
  };

interface Made {
  readonly replay: Replay<Tensor>;
  dispose(): void;
}

/** Records a layer on noise; with `train` its gradients too, of the sum of its outputs. */
async function record(device: Device, spec: WalkSpec, layer: Layer, train: boolean): Promise<Made> {
  const arrays = new Arrays(device);
  const { cell, steps, batch, inputs, hidden } = spec;
  const rows = GATES[cell] * hidden;
  const trained = (shape: readonly number[], scale: number) =>
    new Tensor(arrays.normal(shape, scale), { requiresGrad: train });
  const x = trained([steps, batch, inputs], 1);
  const weights = {
    weightIh: trained([rows, inputs], 1 / Math.sqrt(inputs)),
    weightHh: trained([rows, hidden], 1 / Math.sqrt(hidden)),
    biasIh: trained([rows], 0.1),
  };
  const replay = await device.record(() => {
    if (!train) return noGrad(() => layer(x, weights));
    const y = sum(layer(x, weights));
    backward(y);
    return y;
  });
  return {
    replay,
    dispose() {
      replay.dispose();
      for (const t of [x, ...Object.values(weights)]) t.grad?.dispose();
      arrays.dispose();
    },
  };
}

/** Times a layer both ways, in turn. */
export async function timeSteps(device: Device, spec: WalkSpec, repeat: number): Promise<WalkResult[]> {
  const results: WalkResult[] = [];
  for (const pass of ['forward', 'forward and backward'] as const) {
    const train = pass !== 'forward';
    const made: Made[] = [];
    try {
      for (const layer of [whole(spec.cell), stepwise(spec)]) made.push(await record(device, spec, layer, train));
      const times = made.map((): number[] => []);
      for (let i = -1; i < repeat; i++)
        for (const [m, { replay }] of made.entries()) {
          const ms = await wallTime(device, replay.run);
          if (i >= 0) times[m].push(ms);
        }
      const [ms, stepwiseMs] = times.map(median);
      const [dispatches, stepwiseDispatches] = made.map((m) => m.replay.dispatches);
      results.push({ ...spec, pass, ms, stepwiseMs, dispatches, stepwiseDispatches });
    } finally {
      for (const m of made) m.dispose();
      await device.trim();
    }
  }
  return results;
}

export const WALK_COLUMNS: readonly Column[] = [
  { title: 'layer', width: 22 },
  { title: 'pass', width: 20 },
  { title: 'ms', width: 9, right: true },
  { title: 'dispatches', width: 10, right: true },
  { title: 'step by step ms', width: 15, right: true },
  { title: 'dispatches', width: 10, right: true },
  { title: 'ratio', width: 7, right: true },
];

export function walkRow(r: WalkResult): Row {
  const { cell, steps, batch, hidden, pass, ms, stepwiseMs, dispatches, stepwiseDispatches } = r;
  return [
    `${cell} T${steps} B${batch} H${hidden}`,
    pass,
    ms.toFixed(1),
    String(dispatches),
    stepwiseMs.toFixed(1),
    String(stepwiseDispatches),
    `${(stepwiseMs / ms).toFixed(2)}x`,
  ];
}
