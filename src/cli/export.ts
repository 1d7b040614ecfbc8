import type { Command } from 'commander';
import type { CommandContext } from './command.ts';
import type { ExportFlags } from './export-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('export')
    .description('turn the best weights of a training run into a model file')
    .argument('<run>', 'run folder of `lexel train`')
    .requiredOption('--out <file>', 'the model file to write (.safetensors)')
    .option('--name <name>', 'name the model gives itself (default: the configuration)')
    .option('--last', 'take the last checkpoint instead of the best weights')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel export runs/word-small --out word-small.safetensors`,
    )
    .action(async (run: string, flags: ExportFlags) => {
      const { exportModel } = await import('./export-run.ts');
      finish(await exportModel(run, flags, io));
    });
}
