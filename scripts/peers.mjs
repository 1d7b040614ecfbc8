// npm run bench:peers: Lexel and other engines measured in turn. The others are packages of bench/peers alone, installed
// there on first use; whichever is missing is skipped.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { root } from './paths.mjs';
import { guard, requireNode, SetupError, say } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const folder = join(root, 'bench', 'peers');

/** Compiles bench/peers/src to bench/peers/dist. */
function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, encoding: 'utf8' });
  if (done.error) throw new SetupError(`bench/peers could not be compiled: ${done.error.message}`);
  // Without the packages their types are missing too; what was emitted runs all the same.
  if (done.status !== 0) say(`bench/peers has type errors, the first: ${done.stdout.trim().split('\n')[0]}`);
}

await guard(async () => {
  requireNode();
  await ensurePackages();
  await ensureBuilt();
  try {
    await ensurePackages(folder, []);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`the peers' packages are not all there, and those peers will be skipped (${error.message})`);
  }
  compile();
  const needsGpu = !process.argv.some((a) => a === '--help' || a === '-h');
  const child = spawn(process.execPath, [join(folder, 'dist', 'main.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...(needsGpu ? adapterEnv() : {}) },
  });
  child.on('error', (error) => {
    throw error;
  });
  child.on('close', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0);
  });
});
