import { ArgumentError } from '../gpu/index.ts';
import type { Alphabet } from './alphabet.ts';
import { Lexicon } from './lexicon.ts';

/** Lexicons built from lists, each as long as its list lives. */
const built = new WeakMap<readonly string[], Lexicon>();

/**
 * The lexicon that an option means: itself, or one built from a list and kept with that list.
 * @throws ArgumentError where it is spelt in another alphabet, or no word of the list can be spelt
 */
export function lexiconOf(given: Lexicon | readonly string[], alphabet: Alphabet): Lexicon {
  if (given instanceof Lexicon) {
    if (given.alphabet.text === alphabet.text) return given;
    throw new ArgumentError(
      `read: the lexicon is spelt in the alphabet ${JSON.stringify(given.alphabet.text)}, the model reads ${JSON.stringify(alphabet.text)}`,
      { hint: 'Build it with Lexicon.from(words, recognizer.info.alphabet).' },
    );
  }
  const known = built.get(given);
  if (known?.alphabet.text === alphabet.text) return known;
  const lexicon = Lexicon.from(given, alphabet);
  built.set(given, lexicon);
  return lexicon;
}
