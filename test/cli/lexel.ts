import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Collects a child's output until it ends. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part) => {
    stdout += part;
  });
  child.stderr?.on('data', (part) => {
    stderr += part;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** Runs the built command line. */
export function lexel(
  args: readonly string[],
  input: Uint8Array | string = '',
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, LEXEL_DEBUG: '', ...env } });
  // A command that fails before reading closes its end.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return outcome(child);
}

/** Runs it as `npm start` does, without the lines of the set-up. */
export async function fromCheckout(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ['scripts/run.mjs', ...args], {
    cwd: root,
    env: { ...process.env, LEXEL_DEBUG: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const got = await outcome(child);
  return { ...got, stderr: got.stderr.replace(/^lexel: (adapter: |waiting for|building|built with).*\n/gm, '') };
}

/** Runs an ES module text, from the checkout, in a process of its own. */
export function script(code: string, env: Record<string, string> = {}): Promise<Outcome> {
  return outcome(
    spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: root, env: { ...process.env, ...env } }),
  );
}
