// npm run build: installs, embeds the shaders and compiles, whether or not anything changed.
import { ensurePackages } from './packages.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

await guard(async () => {
  requireNode();
  await ensurePackages();
  if (!(await ensureBuilt({ force: true }))) process.exitCode = 1;
});
