import { defineConfig } from 'vitest/config';
import { adapterEnv } from './scripts/adapter.mjs';
import { ensureBuilt } from './scripts/sources.mjs';

// `npm test` has built and chosen a driver already; a bare `npx vitest` gets both here, before its workers are forked.
if (process.env.LEXEL_ADAPTER_FOUND === undefined) {
  await ensureBuilt();
  Object.assign(process.env, adapterEnv());
}

export default defineConfig({
  test: {
    setupFiles: ['test/host.ts'],
    // A study is a test that takes an hour: scripts/browser.mjs names it.
    include: [process.env.LEXEL_STUDY ?? 'test/**/*.test.ts'],
    // Dawn crashes in worker threads, and LD_LIBRARY_PATH counts only from a process's start.
    pool: 'forks',
    maxWorkers: 2,
    // A software GPU on a loaded machine compiles for seconds.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 20_000,
    reporters: ['default'],
  },
});
