import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FormatError } from '../gpu/errors.ts';
import type { LanguageModel } from '../nn/index.ts';
import { decimal, integer } from './command.ts';

/** Options of the commands that turn the network's output into text. */
export interface DecodeFlags {
  readonly lexicon?: string;
  readonly outsideFactor?: number;
  readonly beamWidth?: number;
  readonly languageModel?: string;
  readonly views?: number;
}

/** Adds them to a command. */
export function decodeOptions(command: Command): Command {
  return command
    .option('--lexicon <file|english>', 'read only words of this list, one a line; english: those of dictionary-en')
    .option(
      '--language-model <english|file>',
      'prefer what is spelt like a language: english, a file of `lexel language-model`, or a list of words, one a line',
    )
    .option(
      '--outside-factor <n>',
      'with a lexicon: read another text where it is this many times likelier',
      decimal(1, 1e300),
    )
    .option(
      '--views <n>',
      'read so many views of each picture, moved by a pixel or inverted, and average them (default: 1)',
      integer(1, 4),
    )
    .option(
      '--beam-width <n>',
      'prefixes that the beam search keeps (default: best path, no search)',
      integer(1, 4096),
    );
}

/**
 * The language model that an option names: the English one that ships, a file, or that of a list of words.
 * @throws FormatError where there is no such file, or it is something else
 */
export async function loadLanguageModel(name: string, alphabet: string): Promise<LanguageModel> {
  if (name === 'english') return (await import('../ocr/index.ts')).englishLanguageModel();
  const { Alphabet, estimateLanguageModel, LanguageModel } = await import('../nn/index.ts');
  if (!name.endsWith('.safetensors'))
    return estimateLanguageModel(await loadLexicon(name, 'list of words'), { alphabet: new Alphabet(alphabet) });
  try {
    return LanguageModel.read(await readFile(name), name);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`${name}: the language model cannot be read: ${(cause as Error).message}`, {
      code: 'NO_FILE',
      hint: 'Give english, a file of `lexel language-model`, or a file with one word a line.',
      cause,
    });
  }
}

/**
 * The words of a list, one a line, or of `english`.
 * @throws FormatError where there is no such file or no word in it, DataError NO_DICTIONARY
 */
export async function loadLexicon(name: string, what = 'lexicon'): Promise<string[]> {
  if (name === 'english') {
    const { loadWords } = await import('../train/data/index.ts');
    return loadWords();
  }
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (cause) {
    throw new FormatError(`${name}: the ${what} cannot be read: ${(cause as Error).message}`, {
      code: 'NO_FILE',
      hint: 'Give a file with one word a line, or english.',
      cause,
    });
  }
  const words = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (words.length === 0)
    throw new FormatError(`${name}: expected one word a line, got an empty file`, { hint: 'Add words, one a line.' });
  return words;
}
