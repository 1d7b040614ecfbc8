import { type Command, Option } from 'commander';
import type { AnalyzeFlags } from './analyze-run.ts';
import type { CommandContext } from './command.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('analyze')
    .description('sizes, word lengths and letters of a set, and the input size that they suggest')
    .argument('<set>', 'folder with train.csv or labels.tsv, or a TSV, CSV or packed list')
    .addOption(
      new Option('--split <name>', 'which list of the folder').choices(['train', 'val', 'test']).default('train'),
    )
    .option('--report <file.html>', 'also write a report of one file, with charts and pictures')
    .option('--json', 'print one JSON object')
    .option('--strict', 'a row that cannot be used is an error')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel analyze set --report analysis.html
  $ lexel analyze set --split test --json`,
    )
    .action(async (set: string, flags: AnalyzeFlags) => {
      const { analyze } = await import('./analyze-run.ts');
      finish(await analyze(set, flags, io));
    });
}
