import type { Alphabet } from './alphabet.ts';
import { bestPath, type Decoded, type DecodeOptions } from './best-path.ts';
import type { Lexicon } from './lexicon.ts';

/** Text from CTC log probabilities [T, C]. */
export type Decoder = (rows: Float64Array) => Decoded;

/** As `DecodeOptions`; a lexicon may also be a list of words. */
export interface DecoderOptions extends Omit<DecodeOptions, 'lexicon'> {
  readonly lexicon?: Lexicon | readonly string[];
}

/**
 * `decodeCtc` for these options. The searches are loaded when asked for, so that readers of single words do not carry them.
 * @throws ArgumentError where the lexicon does not fit the alphabet
 */
export async function loadDecoder(options: DecoderOptions, alphabet: Alphabet): Promise<Decoder> {
  const { lexicon: given, beamWidth, topK = 1 } = options;
  if (!given && beamWidth === undefined && topK <= 1) return (rows) => bestPath(rows, alphabet);
  const [{ decodeCtc }, { lexiconOf }] = await Promise.all([import('./decode.ts'), import('./lexicon-option.ts')]);
  const lexicon = given && lexiconOf(given, alphabet);
  return (rows) => decodeCtc(rows, alphabet, { ...options, lexicon });
}
