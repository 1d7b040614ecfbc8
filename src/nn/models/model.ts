import type { Tensor } from '../../autograd/index.ts';
import type { Module } from '../module.ts';

/** What the recogniser and the trainer ask of a model: grey images [N, 1, H, W] in, logits [T, N, classes] out. */
export interface Recognizable extends Module {
  /**
   * @param padded [T, N, 1], 1 at time steps past the end of a shorter item: line models then give it the logits that it would
   * have alone (but for the last step or two, which see the padding's pixels). Word models ignore it.
   */
  forward(x: Tensor, padded?: Tensor): Tensor;
  /** Time steps for an image of this width in pixels. */
  timeSteps(width: number): number;
}
