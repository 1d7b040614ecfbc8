import { ArgumentError, FormatError } from '../gpu/index.ts';
import { Alphabet } from './alphabet.ts';
import type { PrefixScorer, PrefixState } from './beam.ts';
import { readSafetensors } from './safetensors.ts';

/** How a language model and the network are weighed against each other. Defaults: what read generated words best. */
export interface LanguageModelWeights {
  /** Factor of the language model's log probability. Default 0.7. */
  readonly weight?: number;
  /** Added for each letter: without it a product of more factors, a longer text, would lose. Default 1.75. */
  readonly perLetter?: number;
  /** Share of texts that are no words of the language; in those each letter is as likely as the others. From 0 to 1; default 0.1. */
  readonly open?: number;
}

/** An n-gram model's nodes, level by level: children of a node are neighbours, in the order of their labels. Node 0 is the empty context. */
export interface Grams {
  /** Of nodes + 1: the children of node n are the nodes from `children[n]` to before `children[n + 1]`. */
  readonly children: Uint32Array;
  /** Of each node: the last label of its letters; `alphabet.symbols.length` ends a word, one more begins it. */
  readonly labels: Uint8Array;
  /** Of each node: log probability of that label after the labels before it, in steps of -1 / 16. */
  readonly costs: Uint8Array;
}

/** Steps of a stored log probability in a nat; 255 of them are a probability of 1e-7. */
export const COST_STEPS = 16;
/** Its metadata key marks a file as a language model. */
export const LANGUAGE_MODEL_FORMAT = 'lexel_language_model';

/** A prefix's probabilities as a word of the language and as a text of none, and where in the model it stands. */
interface State extends PrefixState {
  readonly node: number;
  readonly known: number;
  readonly any: number;
  readonly length: number;
}

function alphabetOf(text: string | undefined): Alphabet | undefined {
  try {
    return text === undefined ? undefined : new Alphabet(text);
  } catch {
    return undefined;
  }
}

function checked({ weight = 0.7, perLetter = 1.75, open = 0.1 }: LanguageModelWeights): Required<LanguageModelWeights> {
  if (!(weight >= 0 && Number.isFinite(weight) && Number.isFinite(perLetter) && open >= 0 && open <= 1))
    throw new ArgumentError(
      `language model: expected a weight from 0, a finite number a letter and an open share from 0 to 1, got ${weight}, ${perLetter} and ${open}`,
    );
  return { weight, perLetter, open };
}

/**
 * An n-gram model of the letters of words, with backing off (Katz 1987): how likely a letter is after those before it. Added to the
 * network's probabilities in a beam search (shallow fusion), it prefers what is spelt like the language without being held to a list.
 */
export class LanguageModel {
  readonly alphabet: Alphabet;
  readonly grams: Grams;
  /** Letters in the longest n-gram. */
  readonly order: number;
  /** Log of what is left for labels that a node has no child for, over what they have in its suffix. */
  private readonly backoff: Float64Array;
  /** The longest proper suffix of a node's letters that is a node. */
  private readonly suffix: Uint32Array;
  private readonly weights: Required<LanguageModelWeights>;

  /** @throws ArgumentError for a weight that is no number, or a share outside of 0 to 1 */
  constructor(alphabet: Alphabet, grams: Grams, weights: LanguageModelWeights = {}) {
    this.weights = checked(weights);
    this.alphabet = alphabet;
    this.grams = grams;
    const { children, labels } = grams;
    const nodes = labels.length;
    this.backoff = new Float64Array(nodes);
    this.suffix = new Uint32Array(nodes);
    const depth = new Uint8Array(nodes);
    for (let n = 0; n < nodes; n++) {
      for (let c = children[n]; c < children[n + 1]; c++) {
        depth[c] = depth[n] + 1;
        if (n > 0) this.suffix[c] = this.step(this.suffix[n], labels[c]).node;
      }
      let own = 0;
      let below = 0;
      for (let c = children[n]; c < children[n + 1]; c++) {
        // A word's beginning is given, never foretold.
        if (labels[c] === this.end + 1) continue;
        own += Math.exp(this.cost(c));
        if (n > 0) below += Math.exp(this.step(this.suffix[n], labels[c]).log);
      }
      // Rounded probabilities may add up to a little more than 1.
      if (n > 0 && children[n] < children[n + 1])
        this.backoff[n] = Math.log(Math.max(1e-4, 1 - own) / Math.max(1e-4, 1 - below));
    }
    this.order = Math.max(...depth);
  }

  /** The label that ends a word. */
  private get end(): number {
    return this.alphabet.symbols.length;
  }

  /** Number of stored probabilities. */
  get entries(): number {
    const { labels } = this.grams;
    // The empty context and the beginning of a word have none.
    return labels.length - (this.child(0, this.end + 1) > 0 ? 2 : 1);
  }

  private cost(node: number): number {
    return -this.grams.costs[node] / COST_STEPS;
  }

  private child(node: number, label: number): number {
    const { children, labels } = this.grams;
    let low = children[node];
    let high = children[node + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (labels[middle] < label) low = middle + 1;
      else high = middle;
    }
    return low < children[node + 1] && labels[low] === label ? low : 0;
  }

  /** The log probability of a label after a node's letters, and the node to go on from. */
  private step(from: number, label: number): { node: number; log: number } {
    let log = 0;
    for (let node = from; ; node = this.suffix[node]) {
      const child = this.child(node, label);
      if (child > 0) return { node: child, log: log + this.cost(child) };
      if (node === 0) return { node: 0, log: Number.NEGATIVE_INFINITY };
      log += this.backoff[node];
    }
  }

  /**
   * Natural logarithm of the probability of a whole word, its end included.
   * @throws ArgumentError where the alphabet cannot spell it
   */
  logProbability(word: string): number {
    const spelt = this.alphabet.encode(word);
    let node = this.child(0, this.end + 1);
    let sum = 0;
    for (const label of [...spelt, this.end]) {
      const next = this.step(node, label);
      sum += next.log;
      node = next.node;
    }
    return sum;
  }

  /** The same model, weighed otherwise. @throws ArgumentError as the constructor does */
  weighed(weights: LanguageModelWeights): LanguageModel {
    return new LanguageModel(this.alphabet, this.grams, { ...this.weights, ...weights });
  }

  /** What a beam search asks. */
  scorer(): PrefixScorer {
    const { weight, perLetter, open } = this.weights;
    const share = [Math.log(1 - open), Math.log(open)];
    const each = -Math.log(this.end + 1);
    const mixed = (known: number, any: number): number => {
      const [a, b] = [known + share[0], any + share[1]];
      const most = Math.max(a, b);
      return most === Number.NEGATIVE_INFINITY ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
    };
    const state = (node: number, known: number, any: number, length: number): State => ({
      node,
      known,
      any,
      length,
      bonus: weight * mixed(known, any) + perLetter * length,
    });
    const own = (s: PrefixState) => s as State;
    return {
      root: state(this.child(0, this.end + 1), 0, 0, 0),
      most: Math.max(0, perLetter),
      extend: (from, label) => {
        const { node, known, any, length } = own(from);
        const next = this.step(node, label);
        return state(next.node, known + next.log, any + each, length + 1);
      },
      finish: (at) => {
        const { node, known, any, length } = own(at);
        return weight * mixed(known + this.step(node, this.end).log, any + each) + perLetter * length;
      },
    };
  }

  /**
   * Reads a file that `writeLanguageModel` made.
   * @param name appears in errors
   * @throws FormatError where it is something else or damaged
   */
  static read(file: Uint8Array, name = 'language model'): LanguageModel {
    const { tensors, metadata } = readSafetensors(file, name);
    const wrong = (why: string): FormatError =>
      new FormatError(`${name}: not a language model: ${why}`, {
        hint: 'Give a file that `lexel language-model` wrote, or "english".',
      });
    if (metadata[LANGUAGE_MODEL_FORMAT] !== '1') throw wrong('its header does not say so');
    const nodes = Number(metadata.nodes);
    const data = tensors.get('grams')?.data;
    if (!(data instanceof Uint32Array) || !(nodes > 1) || data.length !== Math.ceil((3 * nodes) / 4))
      throw wrong('its tensor does not have the size that its header gives');
    const bytes = new Uint8Array(data.buffer);
    const children = new Uint32Array(nodes + 1);
    children[0] = 1;
    for (let n = 0; n < nodes; n++) {
      children[n + 1] = children[n] + bytes[n];
      // Level by level, a node stands before its children.
      if (children[n] <= n && bytes[n] > 0) throw wrong(`node ${n} has children that stand before it`);
    }
    if (children[nodes] !== nodes) throw wrong(`its nodes have ${children[nodes] - 1} children, ${nodes - 1} expected`);
    const labels = bytes.slice(nodes, 2 * nodes);
    const alphabet = alphabetOf(metadata.alphabet);
    const least = (alphabet?.symbols.length ?? 0) + 1;
    // Every symbol and the end of a word have a probability of their own, and nothing else but the beginning has.
    const whole = labels.subarray(1, children[1]).every((label, i) => label === i) && children[1] - 1 <= least + 1;
    if (!alphabet || children[1] - 1 < least || !whole) throw wrong('its alphabet is not the one of its nodes');
    return new LanguageModel(alphabet, {
      children,
      labels,
      costs: bytes.slice(2 * nodes, 3 * nodes),
    });
  }
}
