import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Column, type Row, tableOf } from '../bench/index.ts';
import type { FirstRead } from './first-read.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

const COLUMNS: readonly Column[] = [
  { title: 'shaders', width: 12 },
  { title: 'loaded ms', width: 9, right: true },
  { title: 'opened ms', width: 9, right: true },
  { title: 'first read ms', width: 13, right: true },
  { title: 'warm read ms', width: 12, right: true },
  { title: 'each of 32 ms', width: 13, right: true },
];

/** The compiled child; from .ts sources (vitest) the one in dist, since a fork has no loader for TypeScript. */
function childFile(): string {
  const beside = fileURLToPath(new URL('./first-read.js', import.meta.url));
  const built = beside.replace(/([\\/])src([\\/]cli[\\/])/, '$1dist$2');
  return existsSync(beside) ? beside : built;
}

function once(env: NodeJS.ProcessEnv): Promise<FirstRead> {
  return new Promise((resolve, reject) => {
    const child = fork(childFile(), { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let result: FirstRead | undefined;
    let errors = '';
    child.stderr?.on('data', (part) => {
      errors += part;
    });
    child.on('message', (message) => {
      result = message as FirstRead;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (result) resolve(result);
      else reject(new Error(`bench: the process that reads ended with ${code}: ${errors.trim()}`));
    });
  });
}

function rowOf(shaders: string, r: FirstRead): Row {
  return [
    shaders,
    ...[r.loaded, r.opened, r.first].map((ms) => ms.toFixed(0)),
    r.warm.toFixed(1),
    r.batched.toFixed(1),
  ];
}

/**
 * Runs `lexel bench --first-read`: one process whose driver has compiled nothing before (an empty Mesa shader cache), then some that find
 * what it kept. Other drivers keep their shaders elsewhere: there the first row is no colder than the rest.
 * @param repeat processes after the first, of which the median by first read is shown
 */
export async function runFirstRead(repeat: number, json: boolean, io: Io): Promise<ExitCode> {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-first-read-'));
  try {
    const env = { ...process.env, MESA_SHADER_CACHE_DIR: folder };
    const cold = await once(env);
    const again: FirstRead[] = [];
    for (let i = 0; i < repeat; i++) again.push(await once(env));
    again.sort((a, b) => a.first - b.first);
    const kept = again[again.length >> 1];
    if (json) {
      io.out(`${JSON.stringify({ compiled: cold, kept }, null, 2)}\n`);
      return 0;
    }
    const table = tableOf(COLUMNS);
    io.out(`adapter   ${cold.adapter}\nmodel     word-small, one word; milliseconds since the process was started\n\n`);
    io.out(`${table.head}${table.row(rowOf('compiled', cold))}${table.row(rowOf('kept', kept))}`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
