import type { Command } from 'commander';
import { type CommandContext, integer, precisionOption } from './command.ts';
import type { EvalFlags } from './eval-run.ts';
import { decodeOptions } from './lexicon.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  const command = program
    .command('eval')
    .description('score a model on labelled pictures, or compare two')
    .argument('<data>', 'folder with labels.tsv, test.csv or test.pack; a TSV or CSV list, a packed file, an LMDB')
    .option(
      '--model <name|path>',
      'a model that ships with lexel, a .safetensors file or a run folder; give it twice to compare two (default: "word-small")',
      (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value],
    )
    .option('--pages', 'the folder holds whole pages and pages.json with their lines')
    .option('--batch <n>', 'pictures a batch', integer(1, 1024), 32)
    .option('--report <file>', 'write an HTML report: charts, confusion matrix, the worst readings with their pictures')
    .option('--json', 'print one JSON object')
    .option('--readings', 'also print every reading: file, label, text, confidence')
    .option('--strict', 'a row that cannot be used is an error')
    .addOption(precisionOption());
  decodeOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ lexel eval words/labels.tsv
  $ lexel eval words --model runs/word-small/best.safetensors --json
  $ lexel eval words --lexicon english
  $ lexel eval words --language-model english
  $ lexel eval words --model runs/article-lstm --model runs/article-gru --report compare.html
  $ lexel eval pages --pages --model line.safetensors`,
    )
    .action(async (data: string, flags: Omit<EvalFlags, 'model'> & { model?: string[]; pages?: boolean }) => {
      if (flags.pages) {
        const { evaluatePages } = await import('./eval-pages.ts');
        finish(await evaluatePages(data, flags, io));
        return;
      }
      const { evaluate } = await import('./eval-run.ts');
      finish(await evaluate(data, { ...flags, model: flags.model ?? ['word-small'] }, io));
    });
}
