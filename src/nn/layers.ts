import type { Conv2dOptions, Pair } from '../autograd/index.ts';
import { batchnorm2d, conv2d, foldBatchNorm, linear, maxpool2d, Tensor } from '../autograd/index.ts';
import type { Dropout } from './dropout.ts';
import { constant, glorotUniform, heNormal, heNormalTruncated, type InitContext, uniform } from './init.ts';
import { type FoldOptions, Module } from './module.ts';
import { inHalf, Weighted } from './weighted.ts';

export interface Conv2dLayerOptions extends Omit<Conv2dOptions, 'pool'> {
  /** Default true; leave it out before a batch norm, where its true gradient is zero. */
  bias?: boolean;
  /** Default 'he'. */
  init?: 'he' | 'he-truncated';
}

/** 2-D convolution: [N, in, H, W] -> [N, out, oH, oW]. */
export class Conv2d extends Weighted {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;

  constructor(
    context: InitContext,
    inChannels: number,
    outChannels: number,
    kernel: readonly [number, number],
    readonly options: Conv2dLayerOptions = {},
  ) {
    super();
    const shape = [outChannels, inChannels, ...kernel];
    const fanIn = inChannels * kernel[0] * kernel[1];
    const draw = options.init === 'he-truncated' ? heNormalTruncated : heNormal;
    this.weight = draw(context, shape, fanIn);
    this.bias = options.bias === false ? undefined : constant(context, [outChannels], 0);
  }

  protected get own(): Tensor {
    return this.weight;
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.stored, this.bias, this.options);
  }
}

export interface BatchNormOptions {
  /** Weight of the newest batch in the running statistics; default 0.1 (Keras calls 0.99 what is 0.01 here). */
  momentum?: number;
  /** Added to the variance; default 1e-5. */
  eps?: number;
  /** Fuses max(0, .) behind the affine map. */
  relu?: boolean;
}

/** Batch normalisation over N, H and W (Ioffe and Szegedy 2015): [N, C, H, W] -> the same. */
export class BatchNorm2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;

  constructor(
    context: InitContext,
    channels: number,
    readonly options: BatchNormOptions = {},
  ) {
    super();
    this.weight = constant(context, [channels], 1);
    this.bias = constant(context, [channels], 0);
    this.runningMean = Tensor.from(context.device, new Float32Array(channels));
    this.runningVar = Tensor.from(context.device, new Float32Array(channels).fill(1));
  }

  forward(x: Tensor): Tensor {
    return batchnorm2d(x, this.weight, this.bias, {
      ...this.options,
      runningMean: this.runningMean,
      runningVar: this.runningVar,
      training: this.training,
    });
  }
}

/** Max pooling: [N, C, H, W] -> [N, C, oH, oW]. */
export class MaxPool2d extends Module {
  constructor(
    readonly kernel: readonly [number, number],
    readonly stride: readonly [number, number] = kernel,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return maxpool2d(x, { kernel: this.kernel, stride: this.stride });
  }
}

/** Affine map of the last dimension: [..., in] -> [..., out]. */
export class Linear extends Weighted {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;

  constructor(
    context: InitContext,
    inFeatures: number,
    outFeatures: number,
    readonly options: { relu?: boolean; bias?: boolean; init?: 'glorot' | 'he-truncated' | 'uniform' } = {},
  ) {
    super();
    const shape = [outFeatures, inFeatures];
    const bound = 1 / Math.sqrt(inFeatures);
    if (options.init === 'he-truncated') this.weight = heNormalTruncated(context, shape, inFeatures);
    else if (options.init === 'uniform') this.weight = uniform(context, shape, bound);
    else this.weight = glorotUniform(context, shape, inFeatures, outFeatures);
    this.bias = options.bias === false ? undefined : constant(context, [outFeatures], 0);
  }

  protected get own(): Tensor {
    return this.weight;
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.stored, this.bias, { relu: this.options.relu });
  }
}

/**
 * Convolution, optional dropout, batch norm with ReLU. `fold` merges the norm and the ReLU into the convolution for inference: one pass
 * over the maps instead of three.
 */
export abstract class ConvNorm extends Module {
  abstract readonly conv: Conv2d;
  abstract readonly norm: BatchNorm2d;
  readonly drop: Dropout | undefined = undefined;
  /** Not a tensor of the model: derived from those that are. */
  #folded: { weight: Tensor; bias: Tensor } | undefined;

  /** @param pool takes the maximum of windows of this size, side by side, of the result. */
  forward(x: Tensor, pool?: Pair): Tensor {
    if (this.#folded) {
      return conv2d(x, this.#folded.weight, this.#folded.bias, {
        ...this.conv.options,
        relu: this.norm.options.relu,
        pool,
      });
    }
    const h = this.conv.forward(x);
    const y = this.norm.forward(this.drop ? this.drop.forward(h) : h);
    return pool ? maxpool2d(y, { kernel: pool }) : y;
  }

  override fold(options?: FoldOptions): this {
    this.unfold();
    const { weight, bias, runningMean, runningVar, options: norm } = this.norm;
    const folded = foldBatchNorm(
      this.conv.weight,
      this.conv.bias,
      weight,
      bias,
      runningMean,
      runningVar,
      norm.eps ?? 1e-5,
    );
    this.#folded = folded;
    if (options?.half) folded.weight = inHalf(folded.weight);
    return this;
  }

  override unfold(): this {
    this.#folded?.weight.dispose();
    this.#folded?.bias.dispose();
    this.#folded = undefined;
    return super.unfold();
  }
}
