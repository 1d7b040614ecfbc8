import * as tf from '@tensorflow/tfjs';
import { noise } from '../noise.ts';
import { type Opened, type Peer, type Prepared, type Steps, timeRuns, Unsupported } from '../peer.ts';
import { ARTICLE, type Article, articleStages, type Conv, type Recurrent, type Workload } from '../workloads.ts';

type Results = tf.Tensor[];

/** TensorFlow.js on its WebGPU backend, under Node's Dawn. `navigator.gpu` must be there before this file loads. */
export class TfjsPeer implements Peer {
  readonly name = 'tfjs';

  constructor(private readonly adapter: string) {}

  async available(): Promise<Opened> {
    await import('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) throw new Error('its webgpu backend does not start');
    return { version: tf.version['tfjs-core'], device: this.adapter };
  }

  async run(w: Workload): Promise<Prepared> {
    const { body, note, dispose } = program(w);
    const steps: Steps<Results> = {
      queue: () => tf.tidy(body),
      read: (results) => Promise.all(results.map((t) => t.data())),
      drop: (results) => tf.dispose(results),
    };
    return { sample: (runs) => timeRuns(steps, runs), note, dispose };
  }
}

interface Program {
  body(): Results;
  readonly note?: string;
  dispose(): void;
}

/** Outside of any tidy, so that it stays. */
function random<R extends tf.Rank>(shape: tf.ShapeMap[R], scale = 1): tf.Tensor<R> {
  const sizes: readonly number[] = shape;
  return tf.tensor<R>(
    noise(
      sizes.reduce((a, b) => a * b, 1),
      scale,
    ),
    shape,
  );
}

function program(w: Workload): Program {
  switch (w.kind) {
    case 'matmul': {
      const a = random<tf.Rank.R2>([w.size, w.size]);
      const b = random<tf.Rank.R2>([w.size, w.size], 1 / Math.sqrt(w.size));
      return { body: () => [tf.matMul(a, b)], dispose: () => tf.dispose([a, b]) };
    }
    case 'conv2d':
      return convolution(w);
    case 'recurrent':
      return recurrent(w);
    case 'article':
      return article(w);
  }
}

/** In NHWC, its native layout. */
function convolution(w: Conv): Program {
  const x = random<tf.Rank.R4>([w.batch, w.height, w.width, w.inC]);
  const weight = random<tf.Rank.R4>([3, 3, w.inC, w.outC], 1 / Math.sqrt(9 * w.inC));
  const dy = random<tf.Rank.R4>([w.batch, w.height, w.width, w.outC], 0.1);
  const forward = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same');
  const gradients = tf.grads(forward);
  const body = w.pass === 'forward' ? () => [forward(x, weight)] : () => gradients([x, weight], dy);
  return { body, dispose: () => tf.dispose([x, weight, dy]) };
}

function lstm(units: number): tf.RNN {
  // The default, orthogonal, takes a QR decomposition; values do not matter here.
  return tf.layers.lstm({ units, returnSequences: true, recurrentInitializer: 'glorotNormal' });
}

function both(units: number, mergeMode: 'sum' | 'concat'): tf.layers.Layer {
  return tf.layers.bidirectional({ layer: lstm(units), mergeMode });
}

function recurrent(w: Recurrent): Program {
  if (w.cell === 'gru') throw new Unsupported('its GRU has no reset gate after the product');
  const x = random<tf.Rank.R3>([w.batch, w.steps, w.input]);
  const input = tf.input({ shape: [w.steps, w.input] });
  const layer = w.directions === 2 ? both(w.hidden, 'concat') : lstm(w.hidden);
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  return {
    body: () => [model.apply(x) as tf.Tensor],
    dispose: () => {
      tf.dispose(x);
      model.dispose();
    },
  };
}

function articleModel(shrink: number): tf.LayersModel {
  const { height, width, steps, classes } = ARTICLE;
  const input = tf.input({ shape: [height, width, 1] });
  const layers: tf.layers.Layer[] = [];
  for (const { outC, kernel, pool, dropout } of articleStages(shrink)) {
    layers.push(tf.layers.conv2d({ filters: outC, kernelSize: kernel, padding: 'same' }));
    if (dropout) layers.push(tf.layers.dropout({ rate: dropout }));
    layers.push(tf.layers.batchNormalization(), tf.layers.reLU());
    if (pool) layers.push(tf.layers.maxPooling2d({ poolSize: [pool[0], pool[1]], strides: [pool[0], pool[1]] }));
  }
  layers.push(
    tf.layers.permute({ dims: [2, 1, 3] }),
    tf.layers.reshape({ targetShape: [steps, 1024 / shrink] }),
    tf.layers.dense({ units: 64 / shrink, activation: 'relu' }),
    both(256 / shrink, 'sum'),
    both(256 / shrink, 'concat'),
    tf.layers.dense({ units: classes }),
  );
  let h = input;
  for (const layer of layers) h = layer.apply(h) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: h });
}

function article(w: Article): Program {
  const model = articleModel(w.shrink);
  const x = random<tf.Rank.R4>([w.batch, ARTICLE.height, ARTICLE.width, 1]);
  if (w.pass === 'read')
    return {
      body: () => [model.apply(x, { training: false }) as tf.Tensor],
      dispose: () => {
        tf.dispose(x);
        model.dispose();
      },
    };
  const adam = tf.train.adam(1e-3);
  const loss = () => tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar;
  return {
    body: () => [adam.minimize(loss, true) as tf.Tensor],
    note: 'a sum of squares in place of CTC, which it lacks',
    dispose: () => {
      tf.dispose(x);
      adam.dispose();
      model.dispose();
    },
  };
}
