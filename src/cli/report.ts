import { LexelError } from '../gpu/errors.ts';
import type { Io } from './io.ts';

/** 0 all is well; 1 some of several files failed, or a check did; 2 bad usage or input. */
export type ExitCode = 0 | 1 | 2 | 130;

/** Errors of the system that are no fault of this program, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is no directory',
  ENOSPC: 'no space left on the disk',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
};

/** A sentence's end, once. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** What is wrong and what to do, on one line; undefined for an error that is a fault of this program. */
export function explain(error: unknown): string | undefined {
  if (error instanceof LexelError) {
    const hint = error.hint ? ` ${sentence(oneLine(error.hint))}` : '';
    return `${sentence(oneLine(error.message))}${hint}`;
  }
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && code in SYSTEM) return sentence(`${path ?? oneLine(error.message)}: ${SYSTEM[code]}`);
  // Rooms with their own error class carry a code in the same form.
  if (typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) && !code.startsWith('ERR_'))
    return sentence(oneLine(error.message));
  return undefined;
}

/** Reports an error as one line; the stack comes with LEXEL_DEBUG=1 only. */
export function reportError(error: unknown, io: Io): ExitCode {
  const known = explain(error);
  if (process.env.LEXEL_DEBUG === '1' && error instanceof Error) io.err(`${error.stack ?? error.message}\n`);
  if (known !== undefined) {
    io.err(`lexel: ${known}\n`);
    return 2;
  }
  const text = oneLine(error instanceof Error ? error.message : String(error));
  io.err(`lexel: internal error: ${sentence(text)} This is a fault of lexel: LEXEL_DEBUG=1 shows where.\n`);
  return 1;
}
