import type { Tensor } from '../../autograd/index.ts';
import { Dropout } from '../dropout.ts';
import { Gru } from '../gru.ts';
import type { InitContext } from '../init.ts';
import { BatchNorm2d, Conv2d, ConvNorm, Linear } from '../layers.ts';
import { Module } from '../module.ts';
import { columnsToSequence, Lstm } from '../recurrent.ts';
import type { Recognizable } from './model.ts';

/** Convolution with bias, optional dropout, batch norm, ReLU, in the study's order (dropout before the norm). */
class Stage extends ConvNorm {
  readonly conv: Conv2d;
  override readonly drop: Dropout | undefined;
  readonly norm: BatchNorm2d;

  constructor(
    context: InitContext,
    inC: number,
    outC: number,
    kernel: readonly [number, number],
    dropout: { p: number; seed: number; counter: () => Tensor } | undefined,
  ) {
    super();
    // Keras 'same': an even kernel pads after.
    const padding =
      kernel[0] === 3 ? { top: 1, bottom: 1, left: 1, right: 1 } : { top: 0, bottom: 1, left: 0, right: 1 };
    this.conv = new Conv2d(context, inC, outC, kernel, { padding, init: 'he-truncated' });
    this.drop = dropout && new Dropout(dropout.p, dropout.seed, dropout.counter);
    this.norm = new BatchNorm2d(context, outC, { momentum: 0.01, eps: 1e-3, relu: true });
  }
}

export interface ArticleOptions {
  cell: 'lstm' | 'gru';
  /** Where dropout takes its step number from. */
  counter: () => Tensor;
  /** Divides every width; 1 is the study's model, larger ones serve tests. */
  shrink?: number;
}

/**
 * The study's network: [N, 1, 32, 170] -> logits [42, N, classes]. Seven convolutions, a dense bridge, two
 * bidirectional recurrent layers (directions summed, then concatenated). Softmax is left to the loss. Every kernel starts He-normal, as
 * Keras draws it; recurrent kernels orthogonal, biases zero, the LSTM's forget gate open.
 */
export class Article extends Module implements Recognizable {
  readonly stages: readonly Stage[];
  readonly bridge: Linear;
  readonly rnn1: Lstm | Gru;
  readonly rnn2: Lstm | Gru;
  readonly head: Linear;

  constructor(context: InitContext, classes: number, options: ArticleOptions) {
    super();
    const d = options.shrink ?? 1;
    const { counter } = options;
    const drop = (p: number, seed: number) => ({ p, seed, counter });
    const k3 = [3, 3] as const;
    this.stages = [
      new Stage(context, 1, 64 / d, k3, undefined),
      new Stage(context, 64 / d, 128 / d, k3, undefined),
      new Stage(context, 128 / d, 256 / d, k3, undefined),
      new Stage(context, 256 / d, 256 / d, k3, drop(0.35, 1)),
      new Stage(context, 256 / d, 512 / d, k3, undefined),
      new Stage(context, 512 / d, 512 / d, k3, drop(0.35, 2)),
      new Stage(context, 512 / d, 512 / d, [2, 2], drop(0.25, 3)),
    ];
    this.bridge = new Linear(context, (2 * 512) / d, 64 / d, { relu: true, init: 'he-truncated' });
    const Cell = options.cell === 'lstm' ? Lstm : Gru;
    this.rnn1 = new Cell(context, 64 / d, 256 / d, { bidirectional: 'sum', init: 'keras-he' });
    this.rnn2 = new Cell(context, 256 / d, 256 / d, { bidirectional: 'concat', init: 'keras-he' });
    this.head = new Linear(context, 512 / d, classes, { init: 'he-truncated' });
  }

  timeSteps(width: number): number {
    return Math.floor(Math.floor(width / 2) / 2);
  }

  forward(x: Tensor): Tensor {
    const [s1, s2, s3, s4, s5, s6, s7] = this.stages;
    let h = s1.forward(x, [2, 2]);
    h = s2.forward(h, [2, 2]);
    h = s4.forward(s3.forward(h), [2, 1]);
    h = s6.forward(s5.forward(h), [2, 1]);
    const sequence = this.bridge.forward(columnsToSequence(s7.forward(h)));
    return this.head.forward(this.rnn2.forward(this.rnn1.forward(sequence)));
  }
}
