import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cache } from './paths.mjs';
import { SetupError, say } from './say.mjs';

/** Longer than the slowest install: a lock older than this was left by a machine that went down. */
const STALE_MS = 15 * 60_000;

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function abandoned(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file is a holder between creating and writing it: only its age counts.
    return (pid > 0 && !alive(pid)) || Date.now() - statSync(file).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}

/**
 * Runs `body` while holding `.cache/<name>.lock`, so that two set-ups started together do not write over each other.
 * The lock of a process that died is taken over.
 */
export async function withLock(name, body) {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `${name}.lock`);
  const start = Date.now();
  for (let told = false; ; ) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST')
        throw new SetupError(`cannot write ${file} (${error.code}): make the checkout writable.`);
    }
    if (abandoned(file)) {
      // Renamed first: of two processes that see a dead lock, one wins.
      const grave = `${file}.${process.pid}`;
      try {
        renameSync(file, grave);
        rmSync(grave, { force: true });
      } catch {
        // the other one won
      }
      continue;
    }
    if (!told && Date.now() - start > 1000) {
      say(`waiting for another set-up to finish (${file})`);
      told = true;
    }
    await sleep(100);
  }
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
  }
}
