import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { BatchNorm2d, Conv2d, ConvNorm, Linear } from '../layers.ts';
import { Module } from '../module.ts';
import { columnsToSequence, Lstm } from '../recurrent.ts';
import type { Recognizable } from './model.ts';

/** 3x3 convolution without bias, batch norm, ReLU. */
export class Block extends ConvNorm {
  readonly conv: Conv2d;
  readonly norm: BatchNorm2d;

  constructor(context: InitContext, inC: number, outC: number, stride = 1) {
    super();
    this.conv = new Conv2d(context, inC, outC, [3, 3], { stride, padding: 1, bias: false });
    this.norm = new BatchNorm2d(context, outC, { relu: true });
  }
}

/**
 * The small word reader: [N, 1, 32, 128] -> logits [32, N, classes]. Six convolutions (46 M multiply-adds with the
 * rest), one bidirectional LSTM. The network is convolutional along the word, so that other widths work too: time
 * steps are a quarter of the width.
 */
export class WordSmall extends Module implements Recognizable {
  readonly stem: Block;
  readonly conv2: Block;
  readonly conv3: Block;
  readonly conv4: Block;
  readonly conv5: Block;
  readonly conv6: Block;
  readonly rnn: Lstm;
  readonly head: Linear;

  constructor(context: InitContext, classes: number, options: { channels?: readonly number[]; hidden?: number } = {}) {
    super();
    const [c1, c2, c3, c4, c5, c6] = options.channels ?? [16, 32, 64, 64, 128, 128];
    this.stem = new Block(context, 1, c1, 2);
    this.conv2 = new Block(context, c1, c2);
    this.conv3 = new Block(context, c2, c3);
    this.conv4 = new Block(context, c3, c4);
    this.conv5 = new Block(context, c4, c5);
    this.conv6 = new Block(context, c5, c6);
    this.rnn = new Lstm(context, c6, options.hidden ?? 128);
    this.head = new Linear(context, this.rnn.outputSize, classes);
  }

  timeSteps(width: number): number {
    return Math.floor((width + 1) / 4);
  }

  forward(x: Tensor): Tensor {
    let h = this.conv2.forward(this.stem.forward(x), [2, 2]);
    h = this.conv4.forward(this.conv3.forward(h), [2, 1]);
    h = this.conv5.forward(h, [2, 1]);
    h = this.conv6.forward(h, [2, 1]);
    return this.head.forward(this.rnn.forward(columnsToSequence(h)));
  }
}
