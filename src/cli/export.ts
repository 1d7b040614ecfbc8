import { type Command, Option } from 'commander';
import type { CommandContext } from './command.ts';
import type { ExportFlags } from './export-run.ts';

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('export')
    .description("turn weights into a model file, or into PyTorch's layout")
    .argument('<run>', 'run folder of `lexel train`, a model, or a PyTorch state_dict (.safetensors)')
    .requiredOption('--out <file>', 'the model file to write (.safetensors)')
    .option('--name <name>', 'name the model gives itself (default: the configuration)')
    .option('--last', 'take the last checkpoint instead of the best weights')
    .addOption(
      new Option(
        '--layout <kind>',
        "lexel: a model file; pytorch: a state_dict of the same network of PyTorch's layers",
      )
        .choices(['lexel', 'pytorch'])
        .default('lexel'),
    )
    .option(
      '--average <run|model>',
      'write the mean of these weights too (again for more): cycles that followed one another',
      (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value],
    )
    .option('--config <name|file>', 'the configuration that weights alone belong to')
    .addHelpText(
      'after',
      `
Examples:
  $ lexel export runs/word-small --out word-small.safetensors
  $ lexel export runs/article-lstm --layout pytorch --out lstm.safetensors
  $ lexel export runs/second --average first.safetensors --out word-small.safetensors
  $ lexel export lstm.safetensors --config article-lstm --out article-lstm.safetensors`,
    )
    .action(async (run: string, flags: ExportFlags) => {
      const { exportModel } = await import('./export-run.ts');
      finish(await exportModel(run, flags, io));
    });
}
