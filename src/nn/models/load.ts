import type { Device } from '../../gpu/index.ts';
import type { Weights } from '../pytorch.ts';
import { Random } from '../random.ts';
import type { Recognizable } from './model.ts';
import { WordSmall } from './word-small.ts';

/** Units of a small model's recurrent layer in each direction, by its weights (in either layout); undefined where they are of another model. */
export function hiddenOf(weights: Weights): number | undefined {
  return (weights.get('rnn.forwardWeights.weightHh') ?? weights.get('rnn.weight_hh_l0'))?.shape[1];
}

/**
 * As `createModel`, for those who read: the architectures that do not ship with weights are loaded when a file names one, so that readers
 * of the model that ships do not carry them.
 * @param classes symbols and the blank.
 * @param weights tell how wide the recurrent layer is.
 * @throws ArgumentError naming the architectures there are.
 */
export async function loadModel(
  device: Device,
  name: string,
  classes: number,
  weights: Weights,
): Promise<Recognizable> {
  const hidden = hiddenOf(weights);
  if (name === 'word-small') return new WordSmall({ device, random: new Random(1) }, classes, { hidden });
  const { createModel } = await import('./create.ts');
  return createModel(device, name, classes, { hidden });
}
