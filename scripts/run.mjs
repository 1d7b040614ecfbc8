// node scripts/run.mjs COMMAND ...: `lexel COMMAND ...` from a checkout, with everything it needs made ready first.
// `npm start -- IMAGE` is `read IMAGE`; `npm run -s lexel -- COMMAND ...` is any of them.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { root } from './paths.mjs';
import { nativeNoise } from './quiet.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const main = join(root, 'dist', 'cli', 'main.js');
const NEEDS_GPU = ['read', 'serve', 'train', 'eval', 'doctor', 'conform', 'bench'];

/** Whether the command line gets as far as a GPU: help and usage errors need none. */
function needsGpu([command, ...rest]) {
  if (!NEEDS_GPU.includes(command) || rest.some((a) => a === '--help' || a === '-h')) return false;
  return rest.length > 0 || !['read', 'eval', 'conform'].includes(command);
}

/**
 * Runs the command in a child, whose libraries are looked up with `env`, and ends as it ends. Its stderr comes through
 * here without native noise; stdin and stdout are its own.
 */
function runWith(env, args) {
  const loud = process.env.LEXEL_DEBUG === '1';
  // The channel carries nothing: the command ends itself when it closes, so that kill -9 here leaves no orphan.
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['inherit', 'inherit', loud ? 'inherit' : 'pipe', 'ipc'],
    env: { ...process.env, ...env, LEXEL_SUPERVISED: '1', LEXEL_STDERR_IS_TERMINAL: process.stderr.isTTY ? '1' : '' },
  });
  const filter = nativeNoise((text) => process.stderr.write(text));
  process.stderr.on('error', () => undefined);
  child.stderr?.setEncoding('utf8').on('data', filter.push).on('end', filter.end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both; a second one would look like impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.on('error', (error) => {
    throw error;
  });
  child.on('close', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

await guard(async () => {
  requireNode();
  const args = process.argv.slice(2);
  // npm runs scripts in the package's folder; a path on the command line means the folder it was typed in.
  const typedIn = process.env.INIT_CWD;
  if (typedIn && process.env.npm_lifecycle_script?.includes('scripts/run.mjs')) process.chdir(typedIn);
  await ensurePackages();
  await ensureBuilt();
  // The pages that it serves; the package has them built.
  if (args[0] === 'serve' && !existsSync(join(root, 'dist', 'demo'))) await (await import('./web.mjs')).buildWeb();
  if (needsGpu(args)) runWith(adapterEnv(), args);
  else await import(pathToFileURL(main).href);
});
