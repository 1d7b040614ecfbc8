import { ArgumentError } from '../gpu/index.ts';
import { Alphabet, estimateLanguageModel, writeLanguageModel } from '../nn/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import type { Io } from './io.ts';
import { loadLexicon } from './lexicon.ts';
import type { ExitCode } from './report.ts';

export interface LanguageModelFlags {
  readonly out: string;
  readonly order: number;
  readonly entries: number;
  readonly alphabet?: string;
}

/** Runs `lexel language-model`. @throws LexelError where the list cannot be read or holds no word of the alphabet */
export async function makeLanguageModel(list: string, flags: LanguageModelFlags, io: Io): Promise<ExitCode> {
  const { out, order, entries } = flags;
  if (!out.endsWith('.safetensors'))
    throw new ArgumentError(`language-model: expected --out to end in .safetensors, got ${out}`, {
      hint: 'That is how --language-model tells it from a list of words.',
    });
  const alphabet = new Alphabet(flags.alphabet);
  const words = (await loadLexicon(list, 'list of words')).filter((word) => alphabet.spell(word));
  const model = estimateLanguageModel(words, { order, entries, alphabet });
  const bytes = writeLanguageModel(model);
  writeAtomically(out, bytes);
  // Of the words that it was made from: those of its text will be harder to foretell.
  const letters = words.reduce((n, word) => n + [...word].length + 1, 0);
  const bits = -words.reduce((sum, word) => sum + model.logProbability(word), 0) / letters / Math.LN2;
  io.err(
    `lexel: ${out}: ${words.length} words, ${model.entries} probabilities of up to ${model.order} letters, ${bytes.length} bytes; ${bits.toFixed(3)} bits a letter\n`,
  );
  return 0;
}
