import type { Command } from 'commander';
import type { CommandContext } from './command.ts';

export interface DoctorOptions {
  readonly json?: boolean;
  readonly op?: readonly string[];
  readonly all?: boolean;
  readonly dawn?: readonly string[];
}

export function register(program: Command, { io, finish }: CommandContext): void {
  program
    .command('doctor')
    .description('say which adapter there is, and check every op on it, forward and gradient')
    .option('--json', 'everything as one JSON object')
    .option('--op <name...>', 'only these ops')
    .option('--all', 'also the cases that are slow on a software GPU')
    .option('--dawn <toggle...>', "Dawn's toggles, such as backend=vulkan")
    .addHelpText(
      'after',
      `
Examples:
  $ lexel doctor
  $ LEXEL_ADAPTER=swiftshader lexel doctor
  $ lexel doctor --op lstm gru

Exit code: 0 all ops compute what they should, 1 some do not, 2 there is no adapter.`,
    )
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor-run.ts');
      finish(await doctor(options, io));
    });
}
