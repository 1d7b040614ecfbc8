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
  const alphabet = new Alphabet(flags.alphabet);
  const words = (await loadLexicon(list)).filter((word) => alphabet.spell(word));
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
