import type { Tensor } from '../../autograd/index.ts';
import type { Module } from '../module.ts';

/** What the recogniser and the trainer ask of a model: grey images [N, 1, H, W] in, logits [T, N, classes] out. */
export interface Recognizable extends Module {
  forward(x: Tensor): Tensor;
  /** Time steps for an image of this width in pixels. */
  timeSteps(width: number): number;
}
