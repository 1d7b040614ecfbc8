import type { Tensor } from '../../autograd/index.ts';
import type { InitContext } from '../init.ts';
import { Linear } from '../layers.ts';
import { Lstm } from '../recurrent.ts';
import { ColumnReader } from './columns.ts';
import type { Recognizable } from './model.ts';

/**
 * The small line reader: [N, 1, 32, W] -> logits [W / 4, N, classes], at any width. The convolutions of the word reader, a
 * bidirectional LSTM over the columns: 0.57 million parameters for printable ASCII.
 */
export class LineSmall extends ColumnReader implements Recognizable {
  readonly rnn: Lstm;
  readonly head: Linear;

  constructor(context: InitContext, classes: number, options: { hidden?: number } = {}) {
    super(context, 16);
    this.rnn = new Lstm(context, 128, options.hidden ?? 128, { padding: true });
    this.head = new Linear(context, this.rnn.outputSize, classes);
  }

  forward(x: Tensor, padded?: Tensor): Tensor {
    return this.head.forward(this.rnn.forward(this.columns(x), padded));
  }
}
