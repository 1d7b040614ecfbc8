// npm test: set-up, then lint and format, types, and the tests. Arguments go to vitest: npm test -- test/gpu
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { adapterEnv } from './adapter.mjs';
import { ensurePackages } from './packages.mjs';
import { cache, root } from './paths.mjs';
import { guard, requireNode, say } from './say.mjs';
import { ensureBuilt } from './sources.mjs';

const bin = (...path) => join(root, 'node_modules', ...path);

/** Runs a tool of node_modules; its output goes through. */
function tool(title, file, args, env = {}) {
  say(title);
  const done = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return done.status === 0;
}

/** Test counts of vitest's JSON report. A file that could not be loaded counts as one failure. */
function countTests(file, ok) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: [] };
  }
  const broken = report.testResults.filter(
    (f) => f.status === 'failed' && !f.assertionResults.some((t) => t.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  const skipped = report.testResults
    .flatMap((f) => f.assertionResults)
    .filter((t) => ['skipped', 'pending', 'todo', 'disabled'].includes(t.status))
    .map((t) => t.fullName);
  // An unhandled rejection fails the run without failing a test.
  return { passed: report.numPassedTests, failed: failed + (!ok && failed === 0 ? 1 : 0), skipped };
}

await guard(async () => {
  requireNode();
  await ensurePackages();
  await ensureBuilt();
  const env = adapterEnv();
  const checks = [
    tool('lint and format (biome)', bin('@biomejs', 'biome', 'bin', 'biome'), ['check', '--error-on-warnings', '.']),
    tool('types (tsc)', bin('typescript', 'bin', 'tsc'), ['--noEmit', '-p', 'tsconfig.json']),
  ];
  mkdirSync(cache, { recursive: true });
  // One report a run: two test runs side by side must not read each other's counts.
  const report = join(cache, `vitest.${process.pid}.json`);
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ];
  const ok = tool('tests (vitest)', bin('vitest', 'vitest.mjs'), args, env);
  const tests = countTests(report, ok);
  rmSync(report, { force: true });
  for (const name of tests.skipped) console.log(`skipped: ${name}`);
  const bad = checks.filter((passed) => !passed).length;
  const failed = tests.failed + bad;
  if (failed > 0) process.exitCode = 1;
  console.log(`${tests.passed + checks.length - bad} passed, ${failed} failed`);
});
