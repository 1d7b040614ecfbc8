import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FormatError } from '../gpu/errors.ts';
import { decimal, integer } from './command.ts';

/** Options of the commands that turn the network's output into text. */
export interface DecodeFlags {
  readonly lexicon?: string;
  readonly outsideFactor?: number;
  readonly beamWidth?: number;
}

/** Adds them to a command. */
export function decodeOptions(command: Command): Command {
  return command
    .option('--lexicon <file|english>', 'read only words of this list, one a line; english: those of dictionary-en')
    .option(
      '--outside-factor <n>',
      'with a lexicon: read another text where it is this many times likelier',
      decimal(1, 1e300),
    )
    .option(
      '--beam-width <n>',
      'prefixes that the beam search keeps (default: best path, no search)',
      integer(1, 4096),
    );
}

/**
 * The words of a list, one a line, or of `english`.
 * @throws FormatError where there is no such file or no word in it, DataError NO_DICTIONARY
 */
export async function loadLexicon(name: string): Promise<string[]> {
  if (name === 'english') {
    const { loadWords } = await import('../train/data/index.ts');
    return loadWords();
  }
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (cause) {
    throw new FormatError(`${name}: the lexicon cannot be read: ${(cause as Error).message}`, {
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
