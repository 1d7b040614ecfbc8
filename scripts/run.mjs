// node scripts/run.mjs COMMAND ...: `lexel COMMAND ...` from a checkout, with everything it needs made ready first.
// `npm start -- IMAGE` is `read IMAGE`; `npm run -s lexel -- COMMAND ...` is any of them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { root } from './paths.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const main = join(root, 'dist', 'cli', 'main.js');
const NEEDS_GPU = ['read', 'train', 'eval', 'doctor', 'conform', 'bench'];

/** Whether the command line gets as far as a GPU: help and usage errors need none. */
function needsGpu([command, ...rest]) {
  if (!NEEDS_GPU.includes(command) || rest.some((a) => a === '--help' || a === '-h')) return false;
  return rest.length > 0 || !['read', 'eval', 'conform'].includes(command);
}

/** Runs the command in a child whose libraries are looked up with `env`, and ends as it ends. */
function runWith(env, args) {
  // The channel carries nothing: the command ends itself when it closes, so that kill -9 here leaves no orphan.
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env, LEXEL_SUPERVISED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both; a second one would look like impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.on('error', (error) => {
    throw error;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

await guard(async () => {
  requireNode();
  const args = process.argv.slice(2);
  await ensurePackages();
  await ensureBuilt();
  const env = needsGpu(args) ? adapterEnv() : {};
  // Only library paths are fixed at a process's start; nothing to change means no second process.
  if (env.LD_LIBRARY_PATH || env.VK_DRIVER_FILES) return runWith(env, args);
  Object.assign(process.env, env);
  await import(pathToFileURL(main).href);
});
