import { Alphabet } from './alphabet.ts';

/** The words that a search may return, as a trie over the classes of an alphabet. */
export class Lexicon {
  private constructor(
    readonly alphabet: Alphabet,
    /** Number of different words. */
    readonly size: number,
  ) {}

  /** Builds a lexicon. Words are upper-cased where the alphabet has no lower case; those it cannot spell are skipped. */
  static from(words: Iterable<string>, alphabet: Alphabet | string = new Alphabet()): Lexicon {
    return new Lexicon(typeof alphabet === 'string' ? new Alphabet(alphabet) : alphabet, new Set(words).size);
  }
}
