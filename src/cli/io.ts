/** Where a command reads and writes; tests put their own in place. */
export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Whether `err` goes to a terminal, where a progress line may be rewritten. */
  readonly errIsTerminal: boolean;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal: boolean;
}

/** The process's own streams. */
export function processIo(): Io {
  return {
    out: (text) => {
      process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
    // Under scripts/run.mjs stderr is a pipe to it, and this says where that leads.
    errIsTerminal: process.stderr.isTTY === true || process.env.LEXEL_STDERR_IS_TERMINAL === '1',
    // A getter: touching process.stdin opens it, and an open one may keep the process alive.
    get stdin() {
      return process.stdin;
    },
    get stdinIsTerminal() {
      return process.stdin.isTTY === true;
    },
  };
}

/**
 * Ends quietly when whoever reads the output stops, as `lexel read *.png | head -1` does: Node turns SIGPIPE into an
 * error of the stream. Other write errors, such as a full disk, are said and end with 2.
 */
export function guardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`lexel: the output could not be written (${error.code ?? error.message}). Free some space.\n`);
    process.exit(2);
  });
  process.stderr.on('error', () => undefined);
}

/** Under scripts/run.mjs this process ends with its parent, even one that is killed: the channel between them closes. */
export function endWithParent(): void {
  if (process.env.LEXEL_SUPERVISED !== '1' || process.channel === undefined) return;
  process.on('disconnect', () => process.exit(130));
  // A listener would keep this process alive after its work.
  process.channel?.unref();
}
