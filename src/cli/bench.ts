import { type Command, Option } from 'commander';
import type { BenchFlags } from './bench-run.ts';
import { type CommandContext, integer, precisionOption } from './command.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('bench')
    .description('time every kernel, forward and backward, and the models training and reading')
    .option('--filter <name>', 'only the op, kernel, layer or model of this name (models: those alone)')
    .addOption(
      new Option('--shapes <set>', 'shapes of which model; tiny only shows that all of it runs')
        .choices(['word-small', 'article', 'all', 'tiny'])
        .default('all'),
    )
    .option('--repeat <n>', 'samples of which the median counts', integer(1, 1000), 5)
    .addOption(
      new Option('--variant <name>', 'of the heavy kernels (default: the best this adapter has)').choices([
        'portable',
        'workgroup',
        'subgroup',
      ]),
    )
    .addOption(precisionOption('; f16: only models that read are timed'))
    .option('--dispatches', 'time nothing: count the dispatches of a training step by kernel')
    .option(
      '--time-steps',
      'recurrent layers alone: through all time steps in one launch, beside products and sums for each step',
    )
    .option(
      '--first-read',
      'nothing but this: from the start of a process to its first reading, a warm one, and each of 32 together',
    )
    .option('--json', 'one JSON object instead of tables')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel bench --filter conv2d --shapes article
  $ lexel bench --filter models
  $ lexel bench --filter lstm_backward --variant portable
  $ lexel bench --dispatches
  $ lexel bench --time-steps --filter gru
  $ lexel bench --first-read

GFLOP/s counts a multiply-add as two; GB/s counts what a run must move, each pass over an array once. Times are the
median of samples of at least 50 ms each. JS ms is what a replayed step costs JavaScript until its submit returns.`,
    )
    .action(async (flags: BenchFlags) => {
      const { runBench } = await import('./bench-run.ts');
      finish(await runBench(flags, io));
    });
}
