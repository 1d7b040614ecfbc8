import { gru, type Tensor } from '../autograd/index.ts';
import type { InitContext } from './init.ts';
import { Recurrent, type RecurrentOptions } from './recurrent.ts';

/** GRU layer (Cho et al. 2014; gates r, z, n, reset after the product): [T, N, in] -> [T, N, outputSize]. */
export class Gru extends Recurrent {
  constructor(context: InitContext, inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(context, 3, inputSize, hiddenSize, options);
  }

  /**
   * @param padded [T, N, 1], 1 where a step is past the end of its item, else 0; needs the option `padding`.
   * @throws ArgumentError
   */
  forward(x: Tensor, padded?: Tensor): Tensor {
    const m = this.masked(x, padded);
    return this.joined(gru(m.x, m.params).y);
  }
}
