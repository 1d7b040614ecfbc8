import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

/** What a command file's `register` gets beside the program. Its modules are loaded when the command runs, not before. */
export interface CommandContext {
  readonly io: Io;
  /** Sets the exit code; a command that throws gets its code from the error. */
  finish(code: ExitCode): void;
}

/** The shape of a command file. */
export type Register = (program: Command, context: CommandContext) => void;

/** How a model that reads stores its weights. */
export function precisionOption(remark = ''): Option {
  return new Option('--precision <kind>', `how the GPU stores the weights: in 32 or in 16 bits${remark}`)
    .choices(['f32', 'f16'])
    .default('f32');
}

/** An option's parser for whole numbers from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(
        max === Number.MAX_SAFE_INTEGER
          ? `Expected a whole number from ${min} up`
          : `Expected a whole number from ${min} to ${max}`,
      );
    return value;
  };
}

/** An option's parser for numbers from `min` to `max`. */
export function decimal(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}`);
    return value;
  };
}
