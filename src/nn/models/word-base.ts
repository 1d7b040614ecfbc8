import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { Linear } from '../layers.ts';
import { Lstm } from '../recurrent.ts';
import { ColumnReader } from './columns.ts';
import type { Recognizable } from './model.ts';

/**
 * The larger word reader: [N, 1, 32, 128] -> logits [32, N, classes]. The convolutions of `word-small` at twice the width (202 M
 * multiply-adds with the rest), and two bidirectional LSTMs, one upon the other: 2.7 million parameters for `0-9A-Z`.
 */
export class WordBase extends ColumnReader implements Recognizable {
  readonly rnn1: Lstm;
  readonly rnn2: Lstm;
  readonly head: Linear;

  constructor(context: InitContext, classes: number) {
    super(context, 32);
    this.rnn1 = new Lstm(context, 256, 192);
    this.rnn2 = new Lstm(context, this.rnn1.outputSize, 192);
    this.head = new Linear(context, this.rnn2.outputSize, classes);
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(this.rnn2.forward(this.rnn1.forward(this.columns(x))));
  }
}
