/** The tuner finds a tile for each shape class, uses it from then on, and the command says so. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectCases, type Tuned, tune } from '../../src/bench/index.ts';
import { runTune } from '../../src/cli/tune-run.ts';
import { Device } from '../../src/gpu/index.ts';
import { candidateTiles, chooseTile, tuningOf } from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test('times every tile that does not waste most of itself, fastest first, and uses the fastest', async () => {
  const cases = selectCases('tiny').filter((c) => c.op === 'conv2d' && c.pass === 'forward');
  const found: Tuned[] = [];
  for await (const tuned of tune(device, cases, 1)) found.push(tuned);
  // Three convolutions of different sizes.
  expect(found.map((t) => t.shapeClass)).toEqual(['conv2d_3x3 4x256x16', 'conv2d 4x16x64', 'conv2d 4x16x16']);
  const ids = candidateTiles(device).map((t) => t.id);
  for (const { times, before, shapeClass } of found) {
    expect(times.length).toBeGreaterThan(0);
    expect(ids).toContain(before);
    expect(times.map((t) => t.ms)).toEqual(times.map((t) => t.ms).sort((a, b) => a - b));
    expect(tuningOf(device)[shapeClass]).toBe(times[0].tile.id);
  }
  expect(chooseTile(device, 'conv2d_3x3', { rows: 4, columns: 256, depth: 16 }).id).toBe(found[0].times[0].tile.id);
});

test('lexel tune prints the table and saves what it found; a dry run saves nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-tune-'));
  const before = process.env.LEXEL_CACHE;
  process.env.LEXEL_CACHE = folder;
  let out = '';
  const io = {
    out: (text: string) => (out += text),
    err: () => undefined,
    errIsTerminal: false,
  } as unknown as Parameters<typeof runTune>[1];
  try {
    const flags = { shapes: 'tiny', filter: 'matmul', repeat: 1 } as const;
    expect(await runTune({ ...flags, filter: 'linear', dryRun: true }, io)).toBe(0);
    expect(out).toMatch(/^adapter {3}\S.*\n\nmatmul \d+x\d+x\d+ {2}\(tiny head, \w+; \d+ tiles\): /);
    expect(out).toMatch(/\n {2}\* (portable|workgroup|subgroup) .* ms\n/);
    expect(out).toMatch(/\d shape classes tuned; not saved\n$/);
    out = '';
    expect(await runTune({ ...flags, filter: 'linear', json: true }, io)).toBe(0);
    const report = JSON.parse(out);
    expect(JSON.parse(readFileSync(report.saved, 'utf8'))).toEqual(report.tuning);
    await expect(runTune({ ...flags, filter: 'nothing' }, io)).rejects.toThrow(
      'tune: nothing to tune is called "nothing" in tiny',
    );
  } finally {
    if (before === undefined) delete process.env.LEXEL_CACHE;
    else process.env.LEXEL_CACHE = before;
    rmSync(folder, { recursive: true });
  }
});
