import { ArgumentError } from '../gpu/index.ts';
import type { Alphabet } from './alphabet.ts';
import type { DecodeOptions } from './best-path.ts';
import { LanguageModel } from './language-model.ts';
import { Lexicon } from './lexicon.ts';

/** Options as a caller gives them: a lexicon may also be a list of words. */
export interface DecoderOptions extends Omit<DecodeOptions, 'lexicon'> {
  readonly lexicon?: Lexicon | readonly string[];
}

/**
 * The options with the lexicon built.
 * @throws ArgumentError where lexicon or language model do not fit the alphabet, or both are given
 */
export function readyOptions(options: DecoderOptions, alphabet: Alphabet): DecodeOptions {
  const { lexicon: given, languageModel } = options;
  if (languageModel !== undefined && !(languageModel instanceof LanguageModel))
    throw new ArgumentError(
      `read: languageModel must be "english" or a LanguageModel, got ${JSON.stringify(languageModel)}`,
    );
  if (languageModel && given)
    throw new ArgumentError('read: expected a lexicon or a language model, got both', {
      hint: 'A lexicon already says which words there are.',
    });
  if (languageModel && languageModel.alphabet.text !== alphabet.text)
    throw new ArgumentError(
      `read: the language model is of the alphabet ${JSON.stringify(languageModel.alphabet.text)}, the model reads ${JSON.stringify(alphabet.text)}`,
      { hint: 'Estimate one with estimateLanguageModel(words, { alphabet }).' },
    );
  return { ...options, lexicon: given && lexiconOf(given, alphabet) };
}

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
