// What the set-up says, always on stderr: stdout belongs to the command that is being set up.

/** One progress line. */
export function say(text) {
  process.stderr.write(`lexel: ${text}\n`);
}

/** A set-up failure that needs no stack: the message says what is wrong and what to do. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Runs a script's body; a SetupError becomes one line and exit code 2, anything else keeps its stack. */
export async function guard(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof SetupError) || process.env.LEXEL_DEBUG === '1') throw error;
    say(error.message);
    process.exitCode = 2;
  }
}

/** Node 20 is the floor: vitest, vite and the language features used need it. */
export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) throw new SetupError(`Node 20 or newer is needed, this is ${process.version}: https://nodejs.org.`);
}
