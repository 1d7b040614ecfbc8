import type { Command } from 'commander';
import { UnsupportedError } from '../gpu/errors.ts';
import type { CommandContext } from './command.ts';

export function register(program: Command, _context: CommandContext): void {
  program
    .command('conform')
    .description('run conformance cases')
    .argument('<dir>')
    .option('--json')
    .action(() => {
      throw new UnsupportedError('conform: not built yet');
    });
}
