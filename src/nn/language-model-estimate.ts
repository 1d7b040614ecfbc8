import { ArgumentError } from '../gpu/index.ts';
import { Alphabet } from './alphabet.ts';
import { COST_STEPS, LANGUAGE_MODEL_FORMAT, LanguageModel } from './language-model.ts';
import { writeSafetensors } from './safetensors.ts';

/** Labels and numbers of children are bytes. */
const MOST_SYMBOLS = 250;

export interface EstimateOptions {
  /** Labels in the longest n-gram. Default 6. */
  readonly order?: number;
  /** Probabilities that are kept: those that say most beyond what the shorter n-grams say. Default 45,000. */
  readonly entries?: number;
  /** Default that of the word models. */
  readonly alphabet?: Alphabet;
}

/** A string of labels and how often it stands in the words. */
class Gram {
  readonly next = new Map<number, Gram>();
  count = 0;
  /** How often a label follows. */
  followed = 0;
  probability = 0;
  kept = false;

  constructor(
    readonly label: number,
    readonly parent: Gram | undefined,
  ) {}

  add(label: number): Gram {
    let g = this.next.get(label);
    if (!g) {
      g = new Gram(label, this);
      this.next.set(label, g);
    }
    return g;
  }

  sorted(): Gram[] {
    return [...this.next.values()].sort((a, b) => a.label - b.label);
  }
}

/** All n-grams up to `order` of the words, each word between a beginning and an end. */
function countGrams(words: Iterable<string>, alphabet: Alphabet, order: number): { root: Gram; words: number } {
  const end = alphabet.symbols.length;
  const root = new Gram(-1, undefined);
  let count = 0;
  for (const word of words) {
    const spelt = alphabet.spell(word);
    if (!spelt) continue;
    count++;
    const labels = [end + 1, ...Array.from(spelt, (s) => s.charCodeAt(0)), end];
    for (let i = 1; i < labels.length; i++)
      for (let from = i; from >= Math.max(0, i - order + 1); from--) {
        let g = root;
        for (let k = from; k < i; k++) g = g.add(labels[k]);
        g.followed++;
        g.add(labels[i]).count++;
      }
  }
  return { root, words: count };
}

/**
 * Probabilities after Witten and Bell (1991): a context lends its shorter one as much as it has seen different labels. Every label has
 * half a count of its own, so that none is impossible.
 * @returns every gram that has a probability, each after its suffix; `gain` is what storing it tells, summed over its occurrences.
 */
function smooth(root: Gram, end: number): { gram: Gram; gain: number }[] {
  const out: { gram: Gram; gain: number }[] = [];
  for (let label = 0; label <= end; label++) root.add(label);
  const total = root.followed + 0.5 * (end + 1);
  let level: { gram: Gram; suffix: Gram | undefined }[] = [{ gram: root, suffix: undefined }];
  while (level.length > 0) {
    const below: typeof level = [];
    for (const { gram, suffix } of level) {
      const kinds = gram.next.size;
      for (const g of gram.sorted()) {
        const shorter = suffix ? suffix.next.get(g.label) : root;
        below.push({ gram: g, suffix: shorter });
        if (g.label > end) continue;
        if (!suffix) g.probability = (g.count + 0.5) / total;
        else {
          const lower = shorter?.probability ?? 0;
          g.probability = (g.count + kinds * lower) / (gram.followed + kinds);
          out.push({ gram: g, gain: g.count * Math.abs(Math.log(g.probability / lower)) });
        }
      }
    }
    level = below;
  }
  return out;
}

/**
 * Estimates an n-gram model of letters from a list of words, each counted as often as it stands in the list.
 * @throws ArgumentError where no word can be spelt, the alphabet is too large, or fewer entries are asked for than the alphabet has symbols
 */
export function estimateLanguageModel(words: Iterable<string>, options: EstimateOptions = {}): LanguageModel {
  const { order = 6, entries = 45_000, alphabet = new Alphabet() } = options;
  const end = alphabet.symbols.length;
  if (!Number.isInteger(order) || order < 1 || order > 16)
    throw new ArgumentError(`language model: expected an order from 1 to 16, got ${order}`);
  if (!(entries >= end + 1))
    throw new ArgumentError(
      `language model: expected at least ${end + 1} entries, one for each symbol and the end of a word, got ${entries}`,
    );
  if (end > MOST_SYMBOLS)
    throw new ArgumentError(
      `language model: expected an alphabet of at most ${MOST_SYMBOLS} symbols, got ${end}: a label is stored in a byte`,
    );
  const { root, words: count } = countGrams(words, alphabet, order);
  if (count === 0)
    throw new ArgumentError("language model: expected at least one word of the alphabet's symbols, got none", {
      hint: `The alphabet is ${alphabet.text}.`,
    });
  const ranked = smooth(root, end).sort((a, b) => b.gain - a.gain);
  let room = entries - (end + 1);
  for (const g of root.next.values()) g.kept = true;
  for (const { gram } of ranked) {
    // A gram stands under its own prefixes, which then are kept too.
    const missing: Gram[] = [];
    for (let g: Gram | undefined = gram; g && !g.kept && g.parent; g = g.parent) missing.push(g);
    if (missing.length > room) continue;
    room -= missing.length;
    for (const g of missing) g.kept = true;
  }
  return new LanguageModel(alphabet, layOut(root));
}

/** The kept grams, level by level. */
function layOut(root: Gram): LanguageModel['grams'] {
  const nodes = [root];
  const children = [1];
  for (let n = 0; n < nodes.length; n++) {
    nodes.push(...nodes[n].sorted().filter((g) => g.kept));
    children.push(nodes.length);
  }
  const cost = (g: Gram) => (g.probability > 0 ? Math.round(-Math.log(g.probability) * COST_STEPS) : 0);
  return {
    children: Uint32Array.from(children),
    labels: Uint8Array.from(nodes, (g) => Math.max(0, g.label)),
    costs: Uint8Array.from(nodes, (g) => Math.min(255, cost(g))),
  };
}

/** The bytes of a language model's file: a safetensors container of one tensor, the bytes of the three arrays one after the other. */
export function writeLanguageModel({ grams, alphabet }: LanguageModel): Uint8Array<ArrayBuffer> {
  const { children, labels, costs } = grams;
  const nodes = labels.length;
  const bytes = new Uint8Array(Math.ceil((3 * nodes) / 4) * 4);
  for (let n = 0; n < nodes; n++) bytes[n] = children[n + 1] - children[n];
  bytes.set(labels, nodes);
  bytes.set(costs, 2 * nodes);
  const data = new Uint32Array(bytes.buffer);
  const metadata = { [LANGUAGE_MODEL_FORMAT]: '1', alphabet: alphabet.text, nodes: String(nodes) };
  return writeSafetensors({ tensors: new Map([['grams', { shape: [data.length], data }]]), metadata });
}
