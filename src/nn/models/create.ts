import type { Tensor } from '../../autograd/index.ts';
import { ArgumentError, type Device } from '../../gpu/index.ts';
import { Random } from '../random.ts';
import { ARCHITECTURES } from './architectures.ts';
import { Article } from './article.ts';
import { LineSmall } from './line-small.ts';
import type { Recognizable } from './model.ts';
import { WordBase } from './word-base.ts';
import { WordSmall } from './word-small.ts';

export interface CreateModelOptions {
  /** Seed of the initial weights. */
  seed?: number;
  /** Units of the recurrent layer of the small models, in each direction. */
  hidden?: number;
  /** Where dropout takes its step number from while training. */
  counter?: () => Tensor;
}

/**
 * Builds a model with fresh weights.
 * @param classes symbols and the blank.
 * @throws ArgumentError naming the architectures there are.
 */
export function createModel(
  device: Device,
  name: string,
  classes: number,
  options: CreateModelOptions = {},
): Recognizable {
  const context = { device, random: new Random(options.seed ?? 1) };
  const counter =
    options.counter ??
    (() => {
      throw new ArgumentError(`${name}: dropout needs a step counter while training; pass one to createModel`);
    });
  const { hidden } = options;
  switch (name) {
    case 'word-small':
      return new WordSmall(context, classes, { hidden });
    case 'word-base':
      return new WordBase(context, classes);
    case 'line-small':
      return new LineSmall(context, classes, { hidden });
    case 'article-lstm':
      return new Article(context, classes, { cell: 'lstm', counter });
    case 'article-gru':
      return new Article(context, classes, { cell: 'gru', counter });
    default:
      throw new ArgumentError(`model: ${JSON.stringify(name)} is unknown; expected one of ${ARCHITECTURES.join(', ')}`);
  }
}
