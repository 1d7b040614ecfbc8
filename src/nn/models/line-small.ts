import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { Linear } from '../layers.ts';
import { Module } from '../module.ts';
import { columnsToSequence, Lstm } from '../recurrent.ts';
import type { Recognizable } from './model.ts';
import { Block } from './word-small.ts';

/**
 * The small line reader: [N, 1, 32, W] -> logits [W / 4, N, classes], at any width. The convolutions of the word reader, a
 * bidirectional LSTM over the columns: 0.57 million parameters for printable ASCII.
 */
export class LineSmall extends Module implements Recognizable {
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
    this.rnn = new Lstm(context, c6, options.hidden ?? 128, { padding: true });
    this.head = new Linear(context, this.rnn.outputSize, classes);
  }

  timeSteps(width: number): number {
    return Math.floor((width + 1) / 4);
  }

  forward(x: Tensor, padded?: Tensor): Tensor {
    let h = this.conv2.forward(this.stem.forward(x), [2, 2]);
    h = this.conv4.forward(this.conv3.forward(h), [2, 1]);
    h = this.conv5.forward(h, [2, 1]);
    h = this.conv6.forward(h, [2, 1]);
    return this.head.forward(this.rnn.forward(columnsToSequence(h), padded));
  }
}
