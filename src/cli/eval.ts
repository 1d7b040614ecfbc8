import type { Command } from 'commander';
import { type CommandContext, integer } from './command.ts';
import type { EvalFlags } from './eval-run.ts';
import { decodeOptions } from './lexicon.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('eval')
    .description('score a model on labelled pictures')
    .argument('<data>', 'folder with labels.tsv, or a TSV or CSV list of path and label')
    .option('--model <name|path>', 'a model that ships with lexel, or a .safetensors file', 'word-small')
    .option('--batch <n>', 'pictures a batch', integer(1, 1024), 32)
    .option('--lexicon <file>', 'read only these words: one a line, or english')
    .option(
      '--beam-width <n>',
      'search over all alignments with this many prefixes instead of the best path',
      integer(1),
    )
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
  $ lexel eval words --lexicon english`,
    )
    .action(async (data: string, flags: EvalFlags) => {
      const { evaluate } = await import('./eval-run.ts');
      finish(await evaluate(data, flags, io));
    });
}
