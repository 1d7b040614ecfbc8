/** Every example runs and says what it should. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcome, root } from '../cli/lexel.ts';

const SAYS: Readonly<Record<string, RegExp>> = {
  'read.mjs': /^PRANKS \(\d+ %\)\n {2}P \d+ % from x = \d+\n( {2}\w .*\n){5}$/,
  'batch.mjs': /^cautioning\.png\tCAUTIONING\n(\w+\.png\t[A-Z]+\n){4}speakers\.png\tSPEAKERS\n$/,
  'own-op.mjs': /^the gradient is right\nw = 0\.70\n$/,
};

test('there is a test of each', () => {
  // The page is opened by package.test.ts, beside the packed script.
  expect(readdirSync(join(root, 'examples')).sort()).toEqual([...Object.keys(SAYS), 'page.html'].sort());
});

test.each(Object.entries(SAYS))('%s', async (file, says) => {
  const { code, stdout, stderr } = await outcome(
    spawn(process.execPath, [join('examples', file)], { cwd: root, env: process.env }),
  );
  expect(stdout, stderr).toMatch(says);
  expect(code).toBe(0);
});
