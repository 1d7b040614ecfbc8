import type { Command } from 'commander';
import { UnsupportedError } from '../gpu/errors.ts';
import type { CommandContext } from './command.ts';

export function register(program: Command, _context: CommandContext): void {
  program
    .command('bench')
    .description('time the kernels')
    .action(() => {
      throw new UnsupportedError('bench: not built yet');
    });
}
