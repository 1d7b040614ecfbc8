/** Lexel itself, from the checkout's build; the same file runs under Node and in a browser's page. */
import {
  backward,
  conv2d,
  ctc,
  Device,
  gru,
  lstm,
  matmul,
  mean,
  noGrad,
  type RecurrentWeights,
  Tensor,
} from '../../../../dist/engine.node.js';
import { Article, Random } from '../../../../dist/nn/index.js';
import { Adam } from '../../../../dist/train/optimizers.js';
import { noise } from '../noise.ts';
import { type Opened, type Peer, type Prepared, timeRuns } from '../peer.ts';
import { ARTICLE, type Conv, type Article as Model, type Recurrent, type Workload } from '../workloads.ts';

/** A recorded workload: what to read, and what else must end with it. */
interface Recording {
  /** Records one run and returns what is read back. */
  body(): Tensor[];
  /** Host writes before each run. */
  before?(): void;
  readonly owned: readonly { dispose(): void }[];
}

export class LexelPeer implements Peer {
  readonly name = 'lexel';
  private device: Device | undefined;

  constructor(private readonly version: string) {}

  async available(): Promise<Opened> {
    const device = await this.open();
    const { description, vendor, architecture } = device.adapter;
    const named = description !== 'unnamed adapter';
    return { version: this.version, device: named ? description : `${vendor} ${architecture}` };
  }

  private async open(): Promise<Device> {
    this.device ??= await Device.create();
    return this.device;
  }

  async run(w: Workload): Promise<Prepared> {
    const device = await this.open();
    const { body, before, owned } = recording(device, w);
    before?.();
    await device.flush();
    const replay = await device.record(() => body());
    const steps = {
      queue: () => {
        before?.();
        return replay.run();
      },
      read: () => Promise.all(replay.value.map((t) => t.read())),
    };
    return {
      sample: (runs) => timeRuns(steps, runs),
      dispose: async () => {
        await device.finish();
        replay.dispose();
        for (const o of owned) o.dispose();
        await device.trim();
      },
    };
  }
}

function recording(device: Device, w: Workload): Recording {
  switch (w.kind) {
    case 'matmul': {
      const a = random(device, [w.size, w.size]);
      const b = random(device, [w.size, w.size], 1 / Math.sqrt(w.size));
      return { body: () => [matmul(a, b)], owned: [a, b] };
    }
    case 'conv2d':
      return convolution(device, w);
    case 'recurrent':
      return recurrent(device, w);
    case 'article':
      return article(device, w);
  }
}

function random(device: Device, shape: readonly number[], scale = 1, requiresGrad = false): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return Tensor.from(device, noise(size, scale), shape, { requiresGrad });
}

function convolution(device: Device, w: Conv): Recording {
  const trains = w.pass === 'backward';
  const x = random(device, [w.batch, w.inC, w.height, w.width], 1, trains);
  const weight = random(device, [w.outC, w.inC, 3, 3], 1 / Math.sqrt(9 * w.inC), trains);
  const dy = random(device, [w.batch, w.outC, w.height, w.width], 0.1);
  const body = () => {
    const y = conv2d(x, weight, undefined, { padding: 1 });
    if (!trains) return [y];
    backward(y, dy);
    return [x.grad, weight.grad].filter((g) => g !== undefined);
  };
  return { body, owned: [x, weight, dy] };
}

function recurrent(device: Device, w: Recurrent): Recording {
  const rows = (w.cell === 'lstm' ? 4 : 3) * w.hidden;
  const owned: Tensor[] = [];
  const weight = (shape: readonly number[], scale: number) => {
    const t = random(device, shape, scale);
    owned.push(t);
    return t;
  };
  const direction = (): RecurrentWeights => ({
    weightIh: weight([rows, w.input], 1 / Math.sqrt(w.input)),
    weightHh: weight([rows, w.hidden], 1 / Math.sqrt(w.hidden)),
    biasIh: weight([rows], 0.1),
    biasHh: weight([rows], 0.1),
  });
  const x = weight([w.steps, w.batch, w.input], 1);
  const params = { ...direction(), reverse: w.directions === 2 ? direction() : undefined };
  const layer = w.cell === 'lstm' ? lstm : gru;
  return { body: () => [layer(x, params).y], owned };
}

function article(device: Device, w: Model): Recording {
  const { classes, height, width, steps, label } = ARTICLE;
  const counter = Tensor.zeros(device, [1], { dtype: 'u32' });
  const context = { device, random: new Random(1) };
  const model = new Article(context, classes, { cell: 'lstm', counter: () => counter, shrink: w.shrink });
  const x = random(device, [w.batch, 1, height, width]);
  if (w.pass === 'read') {
    // As the recogniser reads.
    model.fold();
    return { body: () => noGrad(() => [model.forward(x)]), owned: [x, counter, model] };
  }
  model.train();
  const adam = new Adam(device, model.parameters(), { lr: 1e-3 });
  const integers = (shape: readonly number[], value: (i: number) => number) =>
    Tensor.from(
      device,
      Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
      shape,
    );
  // No two neighbours are equal, so that 42 frames align any of them.
  const targets = integers([w.batch, label], (i) => (i * 7) % (classes - 1));
  const frames = integers([w.batch], () => steps);
  const lengths = integers([w.batch], () => label);
  let step = 0;
  return {
    before: () => {
      counter.write(Uint32Array.of(step++));
      adam.prepareStep();
    },
    body: () => {
      const loss = mean(ctc(model.forward(x), targets, frames, lengths, { blank: classes - 1, reduction: 'none' }));
      backward(loss);
      adam.step();
      return [loss];
    },
    owned: [x, counter, targets, frames, lengths, adam, model],
  };
}
