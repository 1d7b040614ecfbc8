/** The store of texts by adapter: what is saved comes back, for the same adapter only, and nothing about it can fail. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AdapterSummary, loadCached, saveCached } from '../../src/gpu/index.ts';

const adapter: AdapterSummary = {
  vendor: 'v',
  architecture: 'a',
  description: 'Some GPU: driver 1.2 (x)',
  subgroupSize: 0,
  features: [],
  unrolls: false,
};

let folder: string;
const before = process.env.LEXEL_CACHE;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-cache-'));
  process.env.LEXEL_CACHE = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env.LEXEL_CACHE;
  else process.env.LEXEL_CACHE = before;
  rmSync(folder, { recursive: true, force: true });
});

test('what is saved comes back, and leaves one file', async () => {
  expect(await loadCached('tuning', adapter)).toBeUndefined();
  const path = await saveCached('tuning', adapter, '{"a":1}');
  expect(path).toBe(join(folder, 'tuning-v-a-Some-GPU-driver-1.2-x-.json'));
  expect(await loadCached('tuning', adapter)).toBe('{"a":1}');
  await saveCached('tuning', adapter, '{"a":2}');
  expect(await loadCached('tuning', adapter)).toBe('{"a":2}');
  expect(readdirSync(folder)).toHaveLength(1);
});

test('another driver is another adapter', async () => {
  await saveCached('tuning', adapter, 'x');
  expect(await loadCached('tuning', { ...adapter, description: 'Some GPU: driver 1.3 (x)' })).toBeUndefined();
});

test('where nothing can be written, nothing fails', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  process.env.LEXEL_CACHE = join(file, 'below');
  expect(await saveCached('tuning', adapter, 'x')).toBeUndefined();
  expect(await loadCached('tuning', adapter)).toBeUndefined();
});
