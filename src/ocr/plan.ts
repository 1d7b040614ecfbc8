import { ArgumentError } from '../gpu/index.ts';
import {
  type Alphabet,
  decodeCtc,
  type LanguageModel,
  meanLogits,
  readyOptions,
  showView,
  viewsTaken,
} from '../nn/index.ts';
import { checkCount } from './count.ts';
import type { ModelInfo } from './model.ts';
import type { Plan, Views } from './reading.ts';
import type { DecodeOptions } from './types.ts';

/**
 * Options of a read, made ready.
 * @throws ArgumentError for a number out of range, a symbol that the model does not read, a lexicon or a language model that does not fit
 */
export async function planOf(options: DecodeOptions, alphabet: Alphabet, info: ModelInfo): Promise<Plan> {
  const { topK = 1, beamWidth, outsideFactor, lexicon, posteriors = false } = options;
  checkCount('read', 'topK', topK);
  checkCount('read', 'beamWidth', beamWidth ?? 1);
  if (outsideFactor !== undefined && !(outsideFactor >= 1))
    throw new ArgumentError(`read: outsideFactor must be at least 1, got ${outsideFactor}`);
  const allowed = options.alphabet === undefined ? undefined : allowedSymbols(options.alphabet, alphabet);
  const languageModel = options.languageModel === 'english' ? await english() : options.languageModel;
  const ready = readyOptions({ topK, beamWidth, outsideFactor, lexicon, languageModel }, alphabet);
  return {
    decode: (rows) => decodeCtc(rows, alphabet, ready),
    allowed,
    posteriors,
    views: viewsOf(options.views ?? 1, info),
  };
}

/** The first of the views there are; undefined for one alone. @throws ArgumentError */
function viewsOf(count: number, { height, normalisation }: ModelInfo): Views | undefined {
  const some = viewsTaken(count, normalisation);
  if (some.length === 1) return undefined;
  return {
    count,
    of: (input) =>
      some.map((view) => {
        const values = input.values.slice();
        showView(values, 0, { stride: input.width, columns: input.width, height }, view);
        return { ...input, values };
      }),
    mean: (outputs) => ({ ...outputs[0], logits: meanLogits(outputs.map((o) => o.logits)) }),
  };
}

async function english(): Promise<LanguageModel> {
  return (await import('./english.ts')).englishLanguageModel();
}

/** [C], 1 for what may be read. */
function allowedSymbols(symbols: string, alphabet: Alphabet): Uint8Array {
  const allowed = new Uint8Array(alphabet.classes);
  allowed[alphabet.blank] = 1;
  for (const symbol of symbols) {
    const c = alphabet.spell(symbol)?.charCodeAt(0);
    if (c === undefined)
      throw new ArgumentError(`read: alphabet holds ${JSON.stringify(symbol)}, which the model does not read`, {
        hint: `It reads ${alphabet.text}.`,
      });
    allowed[c] = 1;
  }
  if (symbols === '') throw new ArgumentError('read: alphabet must hold at least one symbol, got none');
  return allowed;
}
