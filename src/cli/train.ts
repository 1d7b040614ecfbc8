import type { Command } from 'commander';
import { type CommandContext, decimal, integer } from './command.ts';
import type { TrainFlags } from './train-run.ts';

export function register(program: Command, context: CommandContext): void {
  program
    .command('train')
    .description('train a model; words are generated unless --data names a labelled folder')
    .option('--config <name>', 'word-small, article-lstm or article-gru', 'word-small')
    .option('--out <dir>', 'run folder (default runs/<config>)')
    .option('--data <path>', 'folder with labels.tsv, or a TSV or CSV list')
    .option('--val <path>', 'a second validation list, scored beside the generated one')
    .option('--steps <n>', 'optimiser steps of the whole run', integer(1))
    .option('--batch <n>', 'images a step', integer(1))
    .option('--seed <n>', 'seed of weights, words and augmentation', integer(1))
    .option('--peak <rate>', 'peak learning rate', decimal(0))
    .option('--workers <n>', 'processes that draw words', integer(1))
    .option('--validate-every <n>', 'steps between validations', integer(1))
    .option('--checkpoint-every <n>', 'steps between checkpoints', integer(1))
    .option('--validation-words <n>', 'generated words to validate on', integer(1))
    .option('--stop-after <n>', 'stop (with a checkpoint) after this step, as if interrupted', integer(1))
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option('--init-from <file>', 'start from the weights of a .safetensors file')
    .option('--strict', 'a row that cannot be used is an error')
    .addHelpText(
      'after',
      `
Examples:
  lexel train                                   the shipped model's recipe
  lexel train --steps 200 --out runs/try        a short run
  lexel train --resume                          after an interruption
  lexel train --data my-words --init-from models/word-small.safetensors`,
    )
    .action(async (flags: TrainFlags) => {
      const { train } = await import('./train-run.ts');
      context.finish(await train(flags));
    });
}
