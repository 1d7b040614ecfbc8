import { type Command, Option } from 'commander';
import { type CommandContext, decimal, integer } from './command.ts';
import type { TrainFlags } from './train-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('train')
    .description('train a model; words are generated unless --data names labelled images')
    .option(
      '--config <name|file>',
      'word-small, word-base, line-small, article-lstm, article-gru, or a .json, .mjs or .ts file',
      'word-small',
    )
    .option('--print-config', 'print every setting as JSON, to copy and edit, and stop')
    .option('--out <dir>', 'run folder (default runs/<config>)')
    .option(
      '--data <path>',
      'folder with labels.tsv, train.csv or train.pack; a TSV or CSV list, a packed file, an LMDB',
    )
    .option('--val <path>', 'validation list; it decides what is best where --data is given too')
    .option('--epochs <n>', 'passes over the data, at most', integer(1))
    .option('--steps <n>', 'optimiser steps of the whole run', integer(1))
    .option('--batch <n>', 'images a step', integer(1))
    .option('--alphabet <letters>', 'the letters that are read')
    .addOption(new Option('--optimizer <kind>', 'optimiser').choices(['adam', 'adamw', 'radam', 'sgd']))
    .option('--seed <n>', 'seed of weights, words and augmentation', integer(1))
    .option('--peak <rate>', 'peak learning rate', decimal(0))
    .option('--patience <n>', 'validations without progress before the run ends; 0: never', integer(0))
    .option('--words <file>', 'draw these words, one a line, upper-cased, instead of English ones')
    .option('--workers <n>', 'processes that draw words', integer(1))
    .option(
      '--font-folder <dir>',
      'more typefaces for drawn words: a folder a family (in a checkout, `npm run fonts` fills one)',
    )
    .option(
      '--digit-share <share>',
      'share of drawn words made of digits (default 0.001, with --words 0)',
      decimal(0, 1),
    )
    .option('--validate-every <n>', 'steps between validations', integer(1))
    .option('--checkpoint-every <n>', 'steps between checkpoints', integer(1))
    .option('--validation-words <n>', 'generated words to validate on', integer(1))
    .option('--stop-after <n>', 'stop (with a checkpoint) after this step, as if interrupted', integer(1))
    .option('--resume', 'go on from the checkpoint in the run folder')
    .option(
      '--init-from <file>',
      'start from the weights of a model, a run or a PyTorch state_dict (.safetensors); of another model, from the layers that fit',
    )
    .option('--profile', 'say where the time of the steps went: data, upload, forward, backward, optimiser')
    .option('--strict', 'a row that cannot be used is an error')
    .addHelpText(
      'after',
      `
Examples:
  lexel train                                   the shipped model's recipe
  lexel train --steps 200 --out runs/try        a short run
  lexel train --resume                          after an interruption
  lexel train --config article-lstm --data set  the study's first model on a data set
  lexel train --config article-lstm --print-config > mine.json
  lexel train --config mine.json                with your own settings
  lexel train --data my-words --init-from models/word-small.safetensors

The run folder holds config.json, log.jsonl, TensorBoard event files, the last checkpoint, the best weights and report.html.`,
    )
    .action(async (flags: TrainFlags) => {
      const { train } = await import('./train-run.ts');
      finish(await train(flags, io));
    });
}
