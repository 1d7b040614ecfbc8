// npm run test:kills -- --kills 200: a tiny run is killed so many times and resumed until it has finished; see kills.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});

await guard(async () => {
  requireNode();
  await ensurePackages();
  await ensureBuilt();
  const kills = Number(values.kills);
  if (!Number.isInteger(kills) || kills < 1) {
    console.error(`test:kills: --kills: expected a whole number from 1 up, got ${values.kills}.`);
    process.exitCode = 2;
    return;
  }
  const { survive } = await import('./kills.mjs');
  const work = mkdtempSync(join(tmpdir(), 'lexel-kills-'));
  try {
    const c = await survive({ kills, work, env: adapterEnv(), seed: Number(values.seed), say: console.log });
    console.log(
      `${c.kills} kills (${c.writing} while a checkpoint was written, ${c.starting} before the first step), ${c.runs} runs finished: ` +
        `no checkpoint lost or half, ${c.losses} losses and all tensors equal bit for bit to those of the run left alone`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
