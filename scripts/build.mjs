// npm run build, and before npm pack: installs, embeds, compiles and bundles, whether or not anything changed.
import { ensurePackages } from './packages.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

await guard(async () => {
  requireNode();
  await ensurePackages();
  if (!(await ensureBuilt({ force: true }))) process.exitCode = 1;
  // Loaded only now: it needs what was installed.
  await (await import('./web.mjs')).buildWeb();
});
