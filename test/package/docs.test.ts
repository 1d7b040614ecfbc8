/** The API documentation: every warning of typedoc is an error, a link that leads nowhere too. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcome, root } from '../cli/lexel.ts';

test('npm run docs writes it without a warning', async (context) => {
  const child = spawn(process.execPath, ['scripts/docs.mjs'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const { code, stdout, stderr } = await outcome(child);
  if (!existsSync(join(root, 'docs', 'node_modules', 'typedoc'))) {
    console.warn(`SKIPPED: typedoc could not be installed: ${stderr}`);
    context.skip();
  }
  expect(stdout + stderr).not.toContain('[warning]');
  expect(code).toBe(0);
  const pages = ['index.html', 'functions/index.createRecognizer.html', 'classes/engine.Device.html'];
  for (const page of pages) expect(existsSync(join(root, 'docs', 'api', page)), page).toBe(true);
});
