import type { Device } from '../../gpu/index.ts';
import { Random } from '../random.ts';
import type { Recognizable } from './model.ts';
import { WordSmall } from './word-small.ts';

/**
 * As `createModel`, for those who read: the architectures that do not ship with weights are loaded when a file names one, so that readers
 * of the model that ships do not carry them.
 * @param classes symbols and the blank.
 * @throws ArgumentError naming the architectures there are.
 */
export async function loadModel(device: Device, name: string, classes: number): Promise<Recognizable> {
  if (name === 'word-small') return new WordSmall({ device, random: new Random(1) }, classes);
  const { createModel } = await import('./create.ts');
  return createModel(device, name, classes);
}
