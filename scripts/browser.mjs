// npm run test:browser: the tests in a real browser with all that npm test leaves out for its time: every op and conformance
// case, the logits of 50 pictures, 1,000 reads and 200 training steps in one page. Arguments go to vitest.
// npm run study:typeface: a typeface taught through the Train page, with the figures of before and after.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { root } from './paths.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

await guard(async () => {
  requireNode();
  await ensurePackages();
  await ensureBuilt();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const given = process.argv.slice(2);
  const study = given[0] === '--study' ? `test/browser/${given.splice(0, 2)[1]}.study.ts` : undefined;
  if (study) given.unshift(study);
  else if (!given.some((argument) => argument.startsWith('test/'))) given.unshift('test/browser');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--reporter=verbose', ...given], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...adapterEnv(), ...(study ? { LEXEL_STUDY: study } : { LEXEL_BROWSER_ALL: '1' }) },
  });
  process.exitCode = status ?? 1;
});
