import type { Command } from 'commander';
import { ImageError, type LexelError } from '../gpu/errors.ts';
import { decodeImage, type GreyImage } from '../ocr/image/index.ts';
import { type CommandContext, integer } from './command.ts';
import { readInput } from './input.ts';
import type { Io } from './io.ts';
import { type ExitCode, reportError } from './report.ts';

export interface ReadOptions {
  readonly json?: boolean;
  readonly model?: string;
  readonly lexicon?: string;
  readonly alphabet?: string;
  readonly topK?: number;
  readonly beamWidth?: number;
}

/** What this command needs of a recogniser. */
export interface Reader extends AsyncDisposable {
  read(image: GreyImage): Promise<{ readonly text: string; readonly confidence: number }>;
}

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('read')
    .description('print the word in each picture (PNG or JPEG; - is standard input)')
    .argument('<file...>', 'pictures of one word each')
    .option('--json', 'one JSON object a picture: text, confidence, letters; errors too')
    .option('--model <name|path>', 'a model that ships with lexel, or a .safetensors file')
    .option('--lexicon <file>', 'read only these words: one a line, or english')
    .option('--alphabet <symbols>', 'read only these symbols, such as 0123456789')
    .option('--top-k <n>', 'with --json: this many likeliest readings', integer(1, 1000))
    .option('--beam-width <n>', 'search over all alignments with this many prefixes', integer(1, 10_000))
    .addHelpText(
      'after',
      `
Examples:
  $ lexel read word.png
  $ lexel read --json photos/*.jpg
  $ curl -s https://example.com/word.png | lexel read -

One picture prints its word alone; several print the file, a tab and the word.`,
    )
    .action(async (files: string[], options: ReadOptions) => finish(await runRead(files, options, io)));
}

/** Loads the engine only once there is a picture to read. */
async function openReader(options: ReadOptions): Promise<Reader> {
  const { createRecognizer } = await import('../ocr/index.ts');
  const recognizer = await createRecognizer({ model: options.model });
  const { topK, beamWidth, alphabet } = options;
  try {
    const { readLexicon } = await import('./lexicon.ts');
    const lexicon =
      options.lexicon === undefined ? undefined : await readLexicon(options.lexicon, recognizer.info.alphabet);
    return {
      read: (image) => recognizer.read(image, { lexicon, alphabet, topK, beamWidth }),
      [Symbol.asyncDispose]: () => recognizer.dispose(),
    };
  } catch (error) {
    await recognizer.dispose();
    throw error;
  }
}

/**
 * Reads each file in turn; one that cannot be read is reported and the others go on.
 * @returns 0 when all were read, 1 when some were, 2 when none was
 * @throws LexelError where nothing can be read at all: no adapter, an unknown model, a lost device
 */
export async function runRead(
  files: readonly string[],
  options: ReadOptions,
  io: Io,
  open: (options: ReadOptions) => Promise<Reader> = openReader,
): Promise<ExitCode> {
  let reader: Reader | undefined;
  let failed = 0;
  try {
    for (const file of files) {
      try {
        const image = await decodeImage(await readInput(file, io), { name: file === '-' ? 'standard input' : file });
        reader ??= await open(options);
        printReading(file, await reader.read(image), files.length > 1, options, io);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        failed++;
        reportError(error, io);
        if (options.json) io.out(`${JSON.stringify({ file, error: toJson(error) })}\n`);
      }
    }
  } finally {
    await reader?.[Symbol.asyncDispose]();
  }
  if (failed === 0) return 0;
  return failed < files.length ? 1 : 2;
}

function printReading(
  file: string,
  reading: { readonly text: string },
  several: boolean,
  options: ReadOptions,
  io: Io,
): void {
  if (options.json) io.out(`${JSON.stringify({ file, ...reading })}\n`);
  else io.out(several ? `${file}\t${reading.text}\n` : `${reading.text}\n`);
}

function toJson(error: LexelError): { code: string; message: string; hint?: string } {
  return { code: error.code, message: error.message, hint: error.hint };
}
