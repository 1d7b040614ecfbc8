import type { Command } from 'commander';
import { UnsupportedError } from '../gpu/errors.ts';
import type { CommandContext } from './command.ts';

export function register(program: Command, _context: CommandContext): void {
  program
    .command('eval')
    .description('measure a model on labelled pictures')
    .argument('<data>')
    .option('--json')
    .action(() => {
      throw new UnsupportedError('eval: not built yet');
    });
}
