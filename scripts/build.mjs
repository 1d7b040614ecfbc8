// npm run build: installs, embeds, compiles and bundles. Before npm pack with --if-changed: compiles only what differs from the last build.
import { ensurePackages } from './packages.mjs';
import { guard, requireNode } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

await guard(async () => {
  requireNode();
  await ensurePackages();
  if (!(await ensureBuilt({ force: !process.argv.includes('--if-changed') }))) process.exitCode = 1;
  // Loaded only now: it needs what was installed.
  await (await import('./web.mjs')).buildWeb();
});
