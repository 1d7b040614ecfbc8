import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lexel-train-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A short run: 50 steps of one image, a checkpoint each 10. */
function start(out: string, ...more: string[]): ChildProcess {
  const args = ['train', '--steps', '50', '--batch', '1', '--seed', '7', '--workers', '1', '--out', out];
  args.push('--checkpoint-every', '10', '--validate-every', '50', '--validation-words', '8', ...more);
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function ended(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  let err = '';
  child.stderr?.on('data', (d) => {
    err += d;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })));
}

/** The loss of every step, by step number; a resumed run overwrites what it repeats. */
function losses(out: string): Map<number, number> {
  const all = new Map<number, number>();
  for (const line of readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n')) {
    const entry = JSON.parse(line) as { kind: string; step: number; losses: number[] };
    if (entry.kind !== 'train') continue;
    entry.losses.forEach((l, i) => {
      all.set(entry.step - entry.losses.length + i, l);
    });
  }
  return all;
}

describe('training', () => {
  test('the same seed gives the same 50 losses bit for bit, also when killed at step 30 and resumed', async () => {
    const whole = join(dir, 'whole');
    const again = join(dir, 'again');
    const first = await ended(start(whole));
    expect(first.code, first.err).toBe(0);

    const child = start(again);
    const death = new Promise<void>((resolve) => {
      child.stderr?.on('data', (d) => {
        if (/step 30\/50/.test(String(d))) child.kill('SIGKILL');
      });
      child.on('close', () => resolve());
    });
    await death;
    expect(child.signalCode).toBe('SIGKILL');
    const before = losses(again);
    expect(before.size).toBeLessThan(50);

    const resumed = await ended(start(again, '--resume'));
    expect(resumed.code, resumed.err).toBe(0);
    const a = losses(whole);
    const b = losses(again);
    expect(a.size).toBe(50);
    for (const [step, loss] of before) expect(loss, `step ${step} before the kill`).toBe(a.get(step));
    for (let step = 0; step < 50; step++) expect(b.get(step), `step ${step}`).toBe(a.get(step));
    expect(new Set(a.values()).size).toBeGreaterThan(40);
    // SwiftShader needs seconds a step.
  }, 1_800_000);

  test('an interrupt finishes the step, writes a checkpoint and exits 130', async () => {
    const out = join(dir, 'interrupted');
    const child = start(out);
    child.stderr?.on('data', (d) => {
      if (/step 10\/50/.test(String(d))) child.kill('SIGINT');
    });
    const { code, err } = await ended(child);
    expect(code, err).toBe(130);
    expect(err).toMatch(/stopped at step \d+; the checkpoint is written; go on with --resume/);
    expect(err).not.toMatch(/ {4}at /);
  }, 900_000);

  test('a run folder is never overwritten, and nothing to resume from is said so', async () => {
    const { code, err } = await ended(start(join(dir, 'whole')));
    expect(code).toBe(2);
    expect(err).toMatch(/holds a run already.*--resume/);
    const none = await ended(start(join(dir, 'none'), '--resume'));
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/there is no checkpoint/);
  }, 300_000);
});
