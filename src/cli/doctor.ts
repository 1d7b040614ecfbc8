import type { Command } from 'commander';
import { UnsupportedError } from '../gpu/errors.ts';
import type { CommandContext } from './command.ts';

export function register(program: Command, _context: CommandContext): void {
  program
    .command('doctor')
    .description('say which adapter there is and check every op on it')
    .action(() => {
      throw new UnsupportedError('doctor: not built yet');
    });
}
