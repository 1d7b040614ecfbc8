import { type Command, Option } from 'commander';
import { type CommandContext, integer } from './command.ts';
import type { TuneFlags } from './tune-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('tune')
    .description("time every way to cut a model's products on this adapter, and keep the fastest")
    .addOption(
      new Option('--shapes <set>', 'shapes of which model')
        .choices(['word-small', 'article', 'all', 'tiny'])
        .default('word-small'),
    )
    .option('--filter <name>', 'only the op or layer of this name')
    .option('--repeat <n>', 'runs of which the median counts', integer(1, 100), 5)
    .option('--dry-run', 'show the table, save nothing')
    .option('--json', 'one JSON object instead of the table')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel tune
  $ lexel tune --shapes article --filter conv2d --dry-run

What it finds is kept for this adapter and driver in LEXEL_CACHE, or else in the user's cache folder, and used by every later command.
Nothing must be tuned before the first result: each kind of adapter has defaults.`,
    )
    .action(async (flags: TuneFlags) => {
      const { runTune } = await import('./tune-run.ts');
      finish(await runTune(flags, io));
    });
}
