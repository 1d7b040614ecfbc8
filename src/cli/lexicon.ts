import { readFileSync } from 'node:fs';
import { ArgumentError } from '../gpu/errors.ts';
import { Lexicon } from '../nn/index.ts';

/**
 * A word list: a file with one word a line, or `english`, all forms of the dictionary that words are generated from.
 * @throws ArgumentError when the file cannot be read or has no word of the alphabet
 */
export async function readLexicon(name: string, alphabet: string): Promise<Lexicon> {
  if (name === 'english') {
    const { loadWords } = await import('../train/data/index.ts');
    return Lexicon.from(await loadWords(), alphabet);
  }
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    throw new ArgumentError(`lexicon: ${name} cannot be read`, {
      hint: 'Give a file with one word a line, or english.',
      cause,
    });
  }
  const words = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return Lexicon.from(
    words.filter((w) => w !== ''),
    alphabet,
  );
}
