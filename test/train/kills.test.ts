import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { survive } from '../../scripts/kills.mjs';

test('a run killed six times, also while it writes a checkpoint, ends with the same losses and weights bit for bit', async () => {
  const work = mkdtempSync(join(tmpdir(), 'lexel-kills-'));
  try {
    // Throws where anything is lost, half or different.
    const count = await survive({ kills: 6, work, seed: 3 });
    expect(count.kills).toBeGreaterThanOrEqual(6);
    expect(count.runs).toBeGreaterThan(0);
    expect(count.writing).toBeGreaterThan(0);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  // SwiftShader needs seconds a step.
}, 1_800_000);
