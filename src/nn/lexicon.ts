import { ArgumentError } from '../gpu/index.ts';
import { Alphabet } from './alphabet.ts';

/**
 * The words that a search may return: a trie over the classes of an alphabet, in typed arrays. Nodes are numbered level by level, so that
 * the children of a node are neighbours, in the order of their classes.
 */
export class Lexicon {
  private constructor(
    readonly alphabet: Alphabet,
    /** Number of different words. */
    readonly size: number,
    /** Words that the alphabet cannot spell, and empty ones: left out. */
    readonly skipped: number,
    /** Of nodes + 1: the children of node n are the nodes from `children[n]` to before `children[n + 1]`. Node 0 is the empty prefix. */
    readonly children: Uint32Array,
    /** Of each node: the class that leads to the node. */
    readonly labels: Uint16Array,
    /** Of each node: 1 where a word ends. */
    readonly ends: Uint8Array,
  ) {}

  /**
   * Builds a lexicon. Words are upper-cased where the alphabet has no lower case; doubles count once.
   * @param alphabet the model's (`recognizer.info.alphabet`); default that of the models that ship
   * @throws ArgumentError where no word is left
   */
  static from(words: Iterable<string>, alphabet: Alphabet | string = new Alphabet()): Lexicon {
    const own = typeof alphabet === 'string' ? new Alphabet(alphabet) : alphabet;
    const spelt = new Set<string>();
    let given = 0;
    let skipped = 0;
    for (const word of words) {
      given++;
      // One character a class: sorting and comparing strings is what engines do fastest.
      const codes = own.spell(word);
      if (codes === undefined || codes === '') skipped++;
      else spelt.add(codes);
    }
    if (spelt.size === 0)
      throw new ArgumentError(
        `lexicon: expected at least one word of the alphabet's symbols, got ${given} words of which none is`,
        { hint: `The alphabet is ${own.text}.` },
      );
    const sorted = [...spelt].sort();
    return new Lexicon(own, sorted.length, skipped, ...buildTrie(sorted));
  }

  /** Number of nodes, the empty prefix among them. */
  get nodes(): number {
    return this.labels.length;
  }

  /** Bytes of the trie. */
  get sizeBytes(): number {
    return this.children.byteLength + this.labels.byteLength + this.ends.byteLength;
  }

  /** Whether this is one of the words. */
  has(word: string): boolean {
    const codes = this.alphabet.spell(word);
    if (codes === undefined) return false;
    let node = 0;
    for (let i = 0; i < codes.length; i++) {
      const next = this.child(node, codes.charCodeAt(i));
      if (next === undefined) return false;
      node = next;
    }
    return this.ends[node] === 1;
  }

  /** All words, in the order of the alphabet. */
  *words(): Generator<string> {
    const walk = [{ node: 0, text: '' }];
    for (let at = walk.pop(); at; at = walk.pop()) {
      const { node, text } = at;
      if (this.ends[node]) yield text;
      for (let n = this.children[node + 1] - 1; n >= this.children[node]; n--)
        walk.push({ node: n, text: text + this.alphabet.symbols[this.labels[n]] });
    }
  }

  private child(node: number, label: number): number | undefined {
    for (let n = this.children[node]; n < this.children[node + 1]; n++) if (this.labels[n] === label) return n;
    return undefined;
  }
}

/** The trie of sorted, different words, one level after the other. */
function buildTrie(words: readonly string[]): [children: Uint32Array, labels: Uint16Array, ends: Uint8Array] {
  const children: number[] = [];
  const labels: number[] = [0];
  const ends: number[] = [];
  // The words below a node stand together: a level is the list of its nodes' ranges.
  let level: { from: number; to: number }[] = [{ from: 0, to: words.length }];
  let next = 1;
  for (let depth = 0; level.length > 0; depth++) {
    const below: { from: number; to: number }[] = [];
    for (const range of level) {
      children.push(next);
      let { from } = range;
      const end = words[from].length === depth;
      ends.push(end ? 1 : 0);
      if (end) from++;
      while (from < range.to) {
        const label = words[from].charCodeAt(depth);
        let to = from + 1;
        while (to < range.to && words[to].charCodeAt(depth) === label) to++;
        labels.push(label);
        below.push({ from, to });
        next++;
        from = to;
      }
    }
    level = below;
  }
  children.push(next);
  return [Uint32Array.from(children), Uint16Array.from(labels), Uint8Array.from(ends)];
}
