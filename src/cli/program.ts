import { Command, CommanderError } from 'commander';
import * as analyze from './analyze.ts';
import * as bench from './bench.ts';
import type { CommandContext } from './command.ts';
import * as conform from './conform.ts';
import * as data from './data.ts';
import * as doctor from './doctor.ts';
import * as evaluate from './eval.ts';
import * as exporter from './export.ts';
import type { Io } from './io.ts';
import * as language from './language-model.ts';
import * as read from './read.ts';
import { type ExitCode, reportError } from './report.ts';
import * as serve from './serve.ts';
import * as synth from './synth.ts';
import * as train from './train.ts';
import * as tune from './tune.ts';
import { version } from './version.ts';

const COMMANDS = [read, serve, train, evaluate, exporter, synth, data, language, analyze, doctor, conform, tune, bench];

/** The command line; `finish` takes the exit code of the command that ran. */
function build(io: Io, finish: (code: ExitCode) => void): Command {
  const program = new Command('lexel')
    .description('Reads words in images, and trains the networks that do, on any GPU.')
    .version(version())
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) =>
        write(
          `lexel: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n/g, ' ')}. See lexel --help.\n`,
        ),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  $ lexel read word.png
  $ lexel read --json photos/*.jpg
  $ lexel doctor

Results go to stdout, progress to stderr. Exit code: 0 all is well, 1 some of several files (or checks) failed,
2 bad usage or input.`,
    );
  const context: CommandContext = { io, finish };
  for (const command of COMMANDS) command.register(program, context);
  return program;
}

/**
 * Runs one command line.
 * @param args what follows `lexel`
 * @returns the exit code; every error has been reported
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    const program = build(io, (c) => {
      code = c;
    });
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has written its help or its complaint already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, io);
  }
}
