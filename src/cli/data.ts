import { type Command, Option } from 'commander';
import { type CommandContext, integer } from './command.ts';
import type { ImportFlags, MjsynthFlags } from './data-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  const data = program.command('data').description('make a checked set of labelled pictures');
  data
    .command('mjsynth')
    .description('sample train, val and test lists of MJSynth (Synth90k) as it is published, in place')
    .argument('<folder>', 'where annotation_train.txt, annotation_val.txt and annotation_test.txt lie')
    .requiredOption('--out <set>', 'folder for train.csv, val.csv, test.csv and report.json')
    .option('--train <n>', 'rows to train on', integer(0), 200_000)
    .option('--val <n>', 'rows to validate on', integer(0), 12_000)
    .option('--test <n>', 'rows to test on', integer(0), 15_000)
    .option('--min-length <n>', 'letters of the shortest word', integer(1), 4)
    .option('--max-length <n>', 'letters of the longest word', integer(1), 12)
    .addOption(
      new Option('--pick <which>', 'the first rows that fit, or any').choices(['first', 'random']).default('first'),
    )
    .option('--seed <n>', 'which rows, with --pick random', integer(0, 0xffffffff), 1)
    .option('--alphabet <letters>', 'letters that a label may have', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')
    .option('--time-steps <n>', 'time steps of the model: labels that need more are left out', integer(1), 40)
    .option('--pack', 'also write train.pack, val.pack and test.pack, which training reads without opening files')
    .option('--strict', 'a row that cannot be used is an error')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel data mjsynth mnt/ramdisk/max/90kDICT32px --out set --pack
  $ lexel data mjsynth 90kDICT32px --out set400 --train 400000 --pick random`,
    )
    .action(async (folder: string, flags: MjsynthFlags) => {
      const { mjsynth } = await import('./data-run.ts');
      finish(await mjsynth(folder, flags, io));
    });
  data
    .command('import')
    .description('check a CSV or TSV list or an LMDB with its pictures, and write it as a list or packed')
    .argument('<list>', 'folder with labels.tsv, labels.csv or data.mdb, or a TSV or CSV list')
    .requiredOption('--out <set>', 'folder for the list and report.json')
    .addOption(new Option('--as <split>', 'name of the list').choices(['train', 'val', 'test']).default('train'))
    .option('--alphabet <letters>', 'letters that a label may have', '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')
    .option('--time-steps <n>', 'time steps of the model: labels that need more are left out', integer(1), 40)
    .option('--pack', 'also write a packed file')
    .option('--strict', 'a row that cannot be used is an error')
    .action(async (list: string, flags: ImportFlags) => {
      const { importList } = await import('./data-run.ts');
      finish(await importList(list, flags, io));
    });
}
