import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { Linear } from '../layers.ts';
import { Module } from '../module.ts';
import { columnsToSequence, Lstm } from '../recurrent.ts';
import type { Recognizable } from './model.ts';
import { Block } from './word-small.ts';

/**
 * The larger word reader: [N, 1, 32, 128] -> logits [32, N, classes]. The convolutions of `word-small` at twice the width (202 M
 * multiply-adds with the rest), and two bidirectional LSTMs, one upon the other: 2.7 million parameters for `0-9A-Z`.
 */
export class WordBase extends Module implements Recognizable {
  readonly stem: Block;
  readonly conv2: Block;
  readonly conv3: Block;
  readonly conv4: Block;
  readonly conv5: Block;
  readonly conv6: Block;
  readonly rnn1: Lstm;
  readonly rnn2: Lstm;
  readonly head: Linear;

  constructor(context: InitContext, classes: number) {
    super();
    this.stem = new Block(context, 1, 32, 2);
    this.conv2 = new Block(context, 32, 64);
    this.conv3 = new Block(context, 64, 128);
    this.conv4 = new Block(context, 128, 128);
    this.conv5 = new Block(context, 128, 256);
    this.conv6 = new Block(context, 256, 256);
    this.rnn1 = new Lstm(context, 256, 192);
    this.rnn2 = new Lstm(context, this.rnn1.outputSize, 192);
    this.head = new Linear(context, this.rnn2.outputSize, classes);
  }

  timeSteps(width: number): number {
    return Math.floor((width + 1) / 4);
  }

  forward(x: Tensor): Tensor {
    let h = this.conv2.forward(this.stem.forward(x), [2, 2]);
    h = this.conv4.forward(this.conv3.forward(h), [2, 1]);
    h = this.conv5.forward(h, [2, 1]);
    h = this.conv6.forward(h, [2, 1]);
    return this.head.forward(this.rnn2.forward(this.rnn1.forward(columnsToSequence(h))));
  }
}
