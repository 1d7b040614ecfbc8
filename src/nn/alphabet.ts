import { ArgumentError } from '../gpu/index.ts';

/** The study's alphabet: digits and capitals; the CTC blank is one class more, the last. */
export const WORD_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** What line models read: printable ASCII, from the space to the tilde. */
export const LINE_ALPHABET = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));

/** Maps between text and CTC classes. */
export class Alphabet {
  private readonly index = new Map<string, number>();
  readonly symbols: readonly string[];
  /** Class of the blank: after the last symbol. */
  readonly blank: number;
  /** Whether letters are upper-cased before they are looked up. */
  readonly foldCase: boolean;

  /** @throws ArgumentError when a symbol stands twice or there is none. */
  constructor(readonly text: string = WORD_ALPHABET) {
    this.symbols = [...text];
    if (this.symbols.length === 0) throw new ArgumentError('alphabet: must hold at least one symbol');
    this.symbols.forEach((s, i) => {
      if (this.index.has(s)) throw new ArgumentError(`alphabet: ${JSON.stringify(s)} stands twice`);
      this.index.set(s, i);
    });
    this.blank = this.symbols.length;
    this.foldCase = !/[a-z]/.test(text);
  }

  /** Number of classes, blank included. */
  get classes(): number {
    return this.symbols.length + 1;
  }

  /** The label as it is learnt: upper-cased where the alphabet has no lower case. */
  normalise(label: string): string {
    return this.foldCase ? label.toUpperCase() : label;
  }

  /** Classes of a label. @throws ArgumentError naming the first symbol outside the alphabet. */
  encode(label: string): number[] {
    return [...this.normalise(label)].map((s) => {
      const i = this.index.get(s);
      if (i === undefined)
        throw new ArgumentError(`label ${JSON.stringify(label)}: ${JSON.stringify(s)} is not in the alphabet`, {
          hint: `The alphabet is ${this.text}.`,
        });
      return i;
    });
  }

  /** The label's classes, one UTF-16 unit each; undefined where it holds a symbol outside the alphabet. */
  spell(label: string): string | undefined {
    let out = '';
    for (const s of this.normalise(label)) {
      const i = this.index.get(s);
      if (i === undefined) return undefined;
      out += String.fromCharCode(i);
    }
    return out;
  }

  decode(classes: ArrayLike<number>): string {
    let out = '';
    for (let i = 0; i < classes.length; i++) out += this.symbols[classes[i]] ?? '';
    return out;
  }
}
