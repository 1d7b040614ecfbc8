import type { Command } from 'commander';
import { ArgumentError, ImageError, type LexelError } from '../gpu/errors.ts';
import type { LanguageModel } from '../nn/index.ts';
import { decodeImage, type GreyImage } from '../ocr/image/index.ts';
import type { NoLines, Precision } from '../ocr/index.ts';
import { type CommandContext, integer, precisionOption } from './command.ts';
import { readInput } from './input.ts';
import type { Io } from './io.ts';
import { type DecodeFlags, decodeOptions, loadLanguageModel, loadLexicon } from './lexicon.ts';
import { type ExitCode, reportError } from './report.ts';

export interface ReadOptions extends DecodeFlags {
  readonly json?: boolean;
  readonly model?: string;
  readonly topK?: number;
  readonly alphabet?: string;
  readonly page?: boolean;
  readonly precision?: Precision;
}

/** What is printed of a reading; `--json` prints all there is. */
interface Printed {
  readonly text: string;
  readonly alternatives?: readonly { readonly text: string }[];
  /** Why a page has no lines. */
  readonly reason?: NoLines;
}

/** What this command needs of a recogniser. */
export interface Reader extends AsyncDisposable {
  read(image: GreyImage): Promise<Printed>;
}

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('read')
    .description('print the word in each picture (PNG or JPEG; - is standard input)')
    .argument('<file...>', 'pictures of one word each, or with --page of whole pages')
    .option('--page', 'find the lines of a clean scan or a screenshot and read them in order')
    .option('--json', 'one JSON object a picture: text, confidence, letters, alternatives; errors too')
    .option(
      '--model <name|path>',
      'a model that ships with lexel, or a .safetensors file; of lines or words for --page',
    )
    .option('--top-k <n>', 'also print the next likeliest texts, up to n in all', integer(1, 1000))
    .option('--alphabet <symbols>', 'read only these symbols, as 0123456789')
    .addOption(precisionOption());
  decodeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ lexel read word.png
  $ lexel read --json photos/*.jpg
  $ curl -s https://example.com/word.png | lexel read -
  $ lexel read --lexicon words.txt --top-k 3 word.png
  $ lexel read --language-model english word.png
  $ lexel read --page --json scan.png

One picture prints its word alone; several print the file, a tab and the word. Further texts follow after tabs.
A page prints a line of its own for each of its lines; --json adds boxes, words and characters. Photographs of scenes are not read.`,
    )
    .action(async (files: string[], options: ReadOptions) => finish(await runRead(files, options, io)));
}

const NO_LINES: Readonly<Record<NoLines, string>> = {
  blank: 'nothing stands out from the paper. Check that the page is not empty, and its contrast.',
  scene: 'the picture is no page of text. Mark words in a scene one by one and read them without --page.',
};

/** Loads the engine only once there is a picture to read. */
async function openReader(options: ReadOptions): Promise<Reader> {
  const { lexicon: name, languageModel: named, model, topK, beamWidth, outsideFactor, alphabet, page, views } = options;
  if (page && topK !== undefined)
    throw new ArgumentError('read: --top-k is for single words, and --page reads lines', {
      hint: 'Leave one of them out.',
    });
  const lexicon = name === undefined ? undefined : await loadLexicon(name);
  const { createRecognizer, PAGE_MODEL } = await import('../ocr/index.ts');
  const ocr = await createRecognizer({ model: model ?? (page ? PAGE_MODEL : undefined), precision: options.precision });
  let languageModel: LanguageModel | undefined;
  try {
    if (named !== undefined) languageModel = await loadLanguageModel(named, ocr.info.alphabet);
  } catch (error) {
    await ocr.dispose();
    throw error;
  }
  const decode = { topK, beamWidth, outsideFactor, alphabet, lexicon, languageModel, views };
  return {
    read: (image) => (page ? ocr.readPage(image, decode) : ocr.read(image, decode)),
    [Symbol.asyncDispose]: () => ocr.dispose(),
  };
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
        const reading = await reader.read(image);
        printReading(file, reading, files.length > 1, options, io);
        if (reading.reason) {
          failed++;
          io.err(`lexel: ${file}: no lines: ${NO_LINES[reading.reason]}\n`);
        }
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

function printReading(file: string, reading: Printed, several: boolean, options: ReadOptions, io: Io): void {
  if (options.json) {
    io.out(`${JSON.stringify({ file, ...reading })}\n`);
    return;
  }
  if (options.page) {
    for (const line of reading.reason ? [] : reading.text.split('\n'))
      io.out(several ? `${file}\t${line}\n` : `${line}\n`);
    return;
  }
  const further = (reading.alternatives ?? []).slice(1).map((a) => a.text);
  io.out(`${[...(several ? [file] : []), reading.text, ...further].join('\t')}\n`);
}

function toJson(error: LexelError): { code: string; message: string; hint?: string } {
  return { code: error.code, message: error.message, hint: error.hint };
}
