import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openSet } from '../../src/cli/dataset.ts';
import { Lmdb } from '../../src/train/data/index.ts';

/** Written by the LMDB library itself (node-lmdb 0.10.1): 150 samples over several pages, one picture on pages of its own. */
const fixture = fileURLToPath(new URL('../fixtures/lmdb', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lexel-lmdb-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('LMDB', () => {
  it('finds every key and no other', async () => {
    const lmdb = await Lmdb.open(join(fixture, 'data.mdb'));
    expect(lmdb.entries).toBe(300);
    for (let i = 1; i <= 150; i++) {
      const got = await lmdb.get(`label-${String(i).padStart(9, '0')}`);
      expect(Buffer.from(got ?? []).toString()).toBe(i === 11 ? '' : `W${i}`);
    }
    for (const key of ['', 'a', 'image-000000005', 'label-000000151', 'label-0', 'zzz'])
      expect(await lmdb.get(key), key).toBeUndefined();
    await lmdb.close();
  });

  it('is a set like any other: pictures with labels, and what is missing or broken with its number', async () => {
    const set = await openSet(fixture);
    expect(set.skipped.map((s) => [s.line, s.kind])).toEqual([[11, 'empty label']]);
    const bad: [number, string][] = [];
    for await (const got of set.pictures(set.rows)) {
      if ('bad' in got) bad.push([got.bad.line, got.bad.kind]);
      else if (got.row.line === 7)
        expect([got.image.width, got.image.height, got.image.grey[1]]).toEqual([100, 31, 60]);
      else expect([got.image.width, got.image.grey[0]]).toEqual([4 + (got.row.line % 3), got.row.line]);
    }
    expect(bad).toEqual([
      [5, 'missing file'],
      [9, 'broken image'],
    ]);
    await set.close();
  });

  it('refuses what is no LMDB, and one that was cut off', async () => {
    const path = join(folder, 'data.mdb');
    writeFileSync(path, 'x'.repeat(20_000));
    await expect(Lmdb.open(path)).rejects.toThrow(/expected an LMDB file of version 1, got something else/);
    writeFileSync(path, readFileSync(join(fixture, 'data.mdb')).subarray(0, 8192));
    const cut = await Lmdb.open(path);
    await expect(cut.get('num-samples')).rejects.toThrow(/not a whole LMDB file: page \d+ lies beyond its end/);
    await cut.close();
  });
});
