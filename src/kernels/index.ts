/** What the rooms above use of the kernels: ops with their gradients, and the launches that are no op. */
import type { KernelSource } from '../gpu/index.ts';
import * as wgsl from './wgsl.gen.ts';

export { accumulate } from './accumulate.ts';
export { adam, type FlatStep, sgd } from './adam.ts';
export { type Batchnorm2dAttrs, batchnorm2d } from './batchnorm2d.ts';
export { type BinaryKind, binary } from './binary.ts';
export { blockPath, hasBlocks } from './block-path.ts';
export { type Conv2dAttrs, conv2d, type Padding } from './conv2d.ts';
export { CTC_VARIANTS, type CtcAttrs, type CtcVariant, ctcOp, ctcVariant, type Reduction } from './ctc.ts';
export { ctcGreedyOp } from './ctc_greedy.ts';
export { checkProbability, type DropoutAttrs, dropout, dropoutGivenMask } from './dropout.ts';
export { ema } from './ema.ts';
export { embedding } from './embedding.ts';
export { fill } from './fill.ts';
export { foldBatchNorm } from './fold_batchnorm.ts';
export { gradClip, gradNorm } from './grad_norm.ts';
export { backwardOf } from './gradients.ts';
export { gru } from './gru.ts';
export { half } from './half.ts';
export { type LayernormAttrs, layernorm } from './layernorm.ts';
export { concat, flip, permute, reshape, slice } from './layout.ts';
export { type LinearAttrs, linear } from './linear.ts';
export { lstm } from './lstm.ts';
export { type MatmulAttrs, matmul } from './matmul.ts';
export { argmax, max } from './max.ts';
export { type Maxpool2dAttrs, maxpool2d } from './maxpool2d.ts';
export { nll } from './nll.ts';
export { type Backward, type BackwardCall, defineOp, type Forward, need, type Op } from './op.ts';
export { recurrentPack } from './recurrent_pack.ts';
export { mean, type ReduceAttrs, sum } from './reduce.ts';
export { logSoftmax, type SoftmaxAttrs, softmax } from './softmax.ts';
export { type Kernel, kernel } from './source.ts';
export {
  applySavedTuning,
  chooseTile,
  forceTile,
  type Product,
  type ProductSize,
  portableTile,
  shapeClass,
  subgroupTile,
  type Tile,
  takeLaunched,
  workgroupTile,
} from './tile.ts';
export { applyTuning, candidateTiles, saveTuning, type TuningTable, tuningOf } from './tuning.ts';
export { UNARY_KINDS, type UnaryAttrs, type UnaryKind, unary } from './unary.ts';
export {
  chooseVariant,
  forceVariant,
  isSoftware,
  takeOffered,
  VARIANTS,
  type VariantName,
  variantsOf,
} from './variants.ts';
export { resolveDim } from './walk.ts';

/** Every kernel there is, by name: what `shaders/` holds. */
export const KERNELS: Readonly<Record<string, KernelSource>> = wgsl;
