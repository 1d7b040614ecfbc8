import { type Command, Option } from 'commander';
import type { VariantName } from '../kernels/index.ts';
import type { CommandContext } from './command.ts';

export interface ConformOptions {
  readonly json?: boolean;
  readonly variant?: VariantName;
}

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('conform')
    .description('run a folder of conformance cases on the GPU, through the public ops')
    .argument('<dir>', 'folder with manifest.json')
    .option('--json', 'one JSON object a case, the totals on the last line')
    .addOption(
      new Option('--variant <name>', 'kernels to use where there is a choice').choices([
        'portable',
        'workgroup',
        'subgroup',
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ lexel conform ../shared/conformance
  $ LEXEL_ADAPTER=swiftshader lexel conform ../shared/conformance --json

Exit code: 0 all passed and everything but optional cases is supported, 1 otherwise, 2 where the folder cannot be read.`,
    )
    .action(async (dir: string, options: ConformOptions) => {
      const { conform } = await import('./conform-run.ts');
      finish(await conform(dir, options, io));
    });
}
