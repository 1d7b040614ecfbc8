import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { Linear } from '../layers.ts';
import { Lstm } from '../recurrent.ts';
import { ColumnReader } from './columns.ts';
import type { Recognizable } from './model.ts';

/**
 * The small word reader: [N, 1, 32, 128] -> logits [32, N, classes]. Six convolutions (46 M multiply-adds with the
 * rest), one bidirectional LSTM. Other widths work too: time steps are a quarter of the width.
 */
export class WordSmall extends ColumnReader implements Recognizable {
  readonly rnn: Lstm;
  readonly head: Linear;

  constructor(context: InitContext, classes: number, options: { hidden?: number } = {}) {
    super(context, 16);
    this.rnn = new Lstm(context, 128, options.hidden ?? 128);
    this.head = new Linear(context, this.rnn.outputSize, classes);
  }

  forward(x: Tensor): Tensor {
    return this.head.forward(this.rnn.forward(this.columns(x)));
  }
}
