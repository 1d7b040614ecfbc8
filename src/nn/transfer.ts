import { FormatError } from '../gpu/index.ts';
import type { Alphabet } from './alphabet.ts';
import type { Weights } from './pytorch.ts';

/** What became of the rows of the output layer. */
export interface Transfer {
  readonly weights: Weights;
  /** Letters whose rows were taken over. */
  readonly kept: readonly string[];
  /** Letters that start with fresh rows. */
  readonly fresh: readonly string[];
}

/**
 * Weights of a model of one alphabet for a model of another: rows of the output layer (`head.*`, one a class) go by their letter, the blank's
 * to the blank; letters that are new keep the rows of `own`, the model's fresh weights.
 * @throws FormatError when the output layer has another size.
 */
export function transferAlphabet(given: Weights, from: Alphabet, to: Alphabet, own: Weights): Transfer {
  const source = [...to.symbols.map((s) => from.symbols.indexOf(s)), from.blank];
  const weights = new Map(given);
  for (const [name, fresh] of own) {
    if (!name.startsWith('head.')) continue;
    const old = given.get(name);
    if (!old) throw new FormatError(`weights: ${name} is missing`, { hint: 'The file is for another model.' });
    const row = fresh.data.length / to.classes;
    if (old.shape[0] !== from.classes || old.data.length !== from.classes * row)
      throw new FormatError(
        `weights: ${name} must have ${from.classes} rows of ${row} values, one for each letter and the blank, the file has [${old.shape.join(', ')}]`,
        { hint: 'The file is for another model.' },
      );
    const data = fresh.data.slice();
    source.forEach((at, i) => {
      if (at >= 0) data.set(old.data.subarray(at * row, (at + 1) * row), i * row);
    });
    weights.set(name, { shape: fresh.shape, data });
  }
  const known = (s: string) => from.symbols.includes(s);
  return { weights, kept: to.symbols.filter(known), fresh: to.symbols.filter((s) => !known(s)) };
}

/** What a model of one architecture took from another. */
export interface LayerTransfer {
  readonly weights: Weights;
  /** Names of the tensors that were taken over. */
  readonly taken: readonly string[];
  /** Names of those that start fresh. */
  readonly fresh: readonly string[];
}

/**
 * Weights of another architecture for a model whose own are `own`: a tensor is taken where name and shape are the same, and a layer (all names
 * up to the last dot) whole or not at all.
 * @throws FormatError when no layer fits.
 */
export function transferLayers(given: Weights, own: Weights): LayerTransfer {
  const layer = (name: string) => name.slice(0, name.lastIndexOf('.'));
  const fits = (name: string) => given.get(name)?.shape.join() === own.get(name)?.shape.join();
  const unfit = new Set([...own.keys()].filter((name) => !fits(name)).map(layer));
  const weights = new Map(own);
  for (const name of own.keys()) {
    const tensor = given.get(name);
    if (tensor && !unfit.has(layer(name))) weights.set(name, tensor);
  }
  const taken = [...own.keys()].filter((name) => !unfit.has(layer(name)));
  if (taken.length === 0)
    throw new FormatError('weights: no layer has the names and shapes that this model needs', {
      hint: 'The file is for another model.',
    });
  return { weights, taken, fresh: [...own.keys()].filter((name) => unfit.has(layer(name))) };
}
