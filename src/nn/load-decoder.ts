import type { Alphabet } from './alphabet.ts';
import { bestPath, type Decoded, type DecodeOptions } from './best-path.ts';

/** Text from CTC log probabilities [T, C]. */
export type Decoder = (rows: Float64Array, alphabet: Alphabet) => Decoded;

/** `decodeCtc` for these options. The searches are loaded when asked for, so that readers of single words do not carry them. */
export async function loadDecoder(options: DecodeOptions): Promise<Decoder> {
  if (options.beamWidth === undefined && (options.topK ?? 1) <= 1 && !options.lexicon) return bestPath;
  const { decodeCtc } = await import('./decode.ts');
  return (rows, alphabet) => decodeCtc(rows, alphabet, options);
}
