import { FormatError, type HostArray, type Shape } from '../gpu/index.ts';
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

type Entry = { readonly shape: Shape; readonly data: HostArray };

/** Copies `old` [B, r, c] over the first rows and columns of each of the blocks of `into` [B, R, C]. */
function paste(into: Entry, old: Entry, blocks: number, rows: readonly [number, number]): void {
  const [fresh, had] = [into.shape[1] ?? 1, old.shape[1] ?? 1];
  const [tall, short] = rows;
  for (let b = 0; b < blocks; b++)
    for (let r = 0; r < short; r++) {
      const row = (b * short + r) * had;
      into.data.set(old.data.subarray(row, row + had), (b * tall + r) * fresh);
    }
}

/** Zeros what a recurrent weight [G * H, H] lets the units past the first `known` say to those. */
function deafen(into: Entry, gates: number, hidden: number, known: number): void {
  for (let g = 0; g < gates; g++)
    for (let r = 0; r < known; r++) {
      const row = (g * hidden + r) * hidden;
      into.data.fill(0, row + known, row + hidden);
    }
}

/** Columns of the layer that follows, [C, D * h] to [C, D * H]: the directions apart, what the new units say zero. */
function spread(old: Entry, hidden: number, known: number): Entry {
  const directions = old.data.length / (old.shape[0] * known);
  const data = new Float32Array(old.shape[0] * directions * hidden);
  for (let i = 0; i < old.shape[0] * directions; i++)
    data.set(old.data.subarray(i * known, (i + 1) * known), i * hidden);
  return { shape: [old.shape[0], directions * hidden], data };
}

/**
 * Weights of a model whose recurrent layer `rnn` has fewer units, for one that has more and else is the same: what the model computes does not
 * change. The known units do not hear the new ones, nor does `head`; the new ones start with the weights of `own`.
 * Chen, Goodfellow, Shlens 2016 (Net2Net) is the idea; there the new units are copies.
 * @returns `given` itself where there is nothing to widen.
 */
export function widenRecurrent(given: Weights, own: Weights): Weights {
  const probe = 'rnn.forwardWeights.weightHh';
  const known = given.get(probe)?.shape[1] ?? 0;
  const hidden = own.get(probe)?.shape[1] ?? 0;
  if (known === 0 || known >= hidden) return given;
  // All of the layer must be the same but for its width: the cell, its directions, what it hears.
  for (const [name, fresh] of own) {
    if (!name.startsWith('rnn.')) continue;
    const old = given.get(name);
    if (!old || old.shape[0] * hidden !== fresh.shape[0] * known) return given;
    if (!name.endsWith('weightHh') && old.shape[1] !== fresh.shape[1]) return given;
  }
  const weights = new Map(given);
  for (const [name, old] of given) {
    const fresh = own.get(name);
    if (!fresh) continue;
    if (name === 'head.weight') weights.set(name, spread(old, hidden, known));
    if (!name.startsWith('rnn.')) continue;
    const wide = { shape: fresh.shape, data: fresh.data.slice() };
    const gates = old.shape[0] / known;
    paste(wide, old, gates, [hidden, known]);
    if (name.endsWith('Hh') && name.includes('weight')) deafen(wide, gates, hidden, known);
    weights.set(name, wide);
  }
  return weights;
}
