// npm run docs: the API documentation from the docstrings, in docs/api. Any warning is an error. typedoc is a package of docs alone,
// installed there on first use.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensurePackages } from './packages.mjs';
import { root } from './paths.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const folder = join(root, 'docs');

await guard(async () => {
  requireNode();
  await ensurePackages();
  // The generated modules are documented too.
  await ensureBuilt();
  await ensurePackages(folder, ['typedoc']);
  const typedoc = join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const done = spawnSync(process.execPath, [typedoc, '--options', join(folder, 'typedoc.json')], {
    cwd: folder,
    stdio: 'inherit',
  });
  process.exitCode = done.status ?? 1;
});
