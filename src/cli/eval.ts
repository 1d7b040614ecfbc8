import type { Command } from 'commander';
import { type CommandContext, integer } from './command.ts';
import type { EvalFlags } from './eval-run.ts';
import { decodeOptions } from './lexicon.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('eval')
    .description('score a model on labelled pictures')
    .argument('<data>', 'folder with labels.tsv, test.csv or test.pack; a TSV or CSV list, a packed file, an LMDB')
    .option('--model <name|path>', 'a model that ships with lexel, or a .safetensors file')
    .option('--pages', 'the folder holds whole pages and pages.json with their lines')
    .option('--batch <n>', 'pictures a batch', integer(1, 1024), 32)
    .option('--json', 'print one JSON object')
    .option('--readings', 'also print every reading: file, label, text, confidence')
    .option('--strict', 'a row that cannot be used is an error');
  decodeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ lexel eval words/labels.tsv
  $ lexel eval words --model runs/word-small/best.safetensors --json
  $ lexel eval words --lexicon english
  $ lexel eval pages --pages --model line.safetensors`,
    )
    .action(async (data: string, flags: EvalFlags) => {
      const run = flags.pages
        ? (await import('./eval-pages.ts')).evaluatePages
        : (await import('./eval-run.ts')).evaluate;
      finish(await run(data, flags, io));
    });
}
