import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyse, Pack, PackedSource, PackWriter, percentile, sampleMjsynth } from '../../../src/train/data/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lexel-pack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 5,000 pictures of one grey each, so that a picture tells which row it is. */
async function packOf(path: string, n: number): Promise<void> {
  const writer = await PackWriter.create(path);
  for (let i = 0; i < n; i++) {
    const width = 2 + (i % 5);
    await writer.add(`${i}.jpg`, `L${i}`, { width, height: 3, grey: new Uint8Array(3 * width).fill(i % 251) });
  }
  await writer.finish();
}

describe('packed sets', () => {
  it('an epoch gives every row once, each picture with its own label, and the same again from any start', async () => {
    const path = join(folder, 'a.pack');
    const n = 5000;
    await packOf(path, n);
    const pack = await Pack.open(path);
    const rows = pack.rows.map((row, index) => ({ index, label: row.label })).filter(({ index }) => index % 7 !== 0);
    const options = { seed: 5, width: 4, height: 2, rows };
    const source = new PackedSource(pack, options);
    const labels: string[] = [];
    for (let at = 0; at < rows.length; at += 64) {
      const count = Math.min(64, rows.length - at);
      const got = await source.batch(at, count);
      got.labels.forEach((label, k) => {
        expect(got.images[8 * k], label).toBe(Number(label.slice(1)) % 251);
      });
      labels.push(...got.labels);
    }
    expect(labels).not.toEqual(rows.map((r) => r.label));
    expect([...labels].sort()).toEqual(rows.map((r) => r.label).sort());
    // As a resumed run: another source, from the middle, over the end of the epoch.
    const resumed = await new PackedSource(pack, options).batch(rows.length - 3, 6);
    expect(resumed.labels.slice(0, 3)).toEqual(labels.slice(-3));
    expect(resumed.labels.slice(3)).not.toEqual(labels.slice(0, 3));
    await source.close();
  });

  it('a file that was cut off is refused; an abandoned one leaves nothing', async () => {
    const path = join(folder, 'b.pack');
    await packOf(path, 10);
    writeFileSync(join(folder, 'cut.pack'), readFileSync(path).subarray(0, -5));
    await expect(Pack.open(join(folder, 'cut.pack'))).rejects.toThrow(
      /not a whole packed set: expected \d+ bytes, got/,
    );
    const writer = await PackWriter.create(join(folder, 'c.pack'));
    await writer.abandon();
    expect(readdirSync(folder).filter((name) => name.startsWith('c.pack'))).toEqual([]);
  });
});

describe('sampleMjsynth', () => {
  const list = join(folder, 'annotation.txt');
  const text = Array.from({ length: 1000 }, (_, i) => `./1/1/${i}_${'w'.repeat(1 + (i % 10))}_${i}.jpg ${i}`).join(
    '\n',
  );
  const options = { count: 50, minLength: 4, maxLength: 6, pick: 'first', seed: 1 } as const;

  it('takes the first rows that fit and stops there', async () => {
    writeFileSync(list, text);
    const got = await sampleMjsynth(list, options);
    expect(got.rows).toHaveLength(50);
    expect(got.rows.slice(0, 4).map((r) => r.line)).toEqual([4, 5, 6, 14]);
    expect(got.rows[0]).toEqual({ line: 4, file: '1/1/3_wwww_3.jpg', label: 'WWWW', lexicon: 3 });
    expect(got.lines).toBeLessThan(200);
  });

  it('picks at random from the whole list, in its order, the same for a seed', async () => {
    const got = await sampleMjsynth(list, { ...options, pick: 'random' });
    const lines = got.rows.map((r) => r.line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(new Set(lines).size).toBe(50);
    expect(Math.max(...lines)).toBeGreaterThan(700);
    expect(got).toMatchObject({ lines: 1000, otherLength: 700 });
    expect((await sampleMjsynth(list, { ...options, pick: 'random' })).rows).toEqual(got.rows);
  });

  it('says that a file is no such list', async () => {
    writeFileSync(list, 'x'.repeat(5_000_000));
    await expect(sampleMjsynth(list, options)).rejects.toThrow(/a line of more than 8192 bytes; this is no list/);
    await expect(sampleMjsynth(join(folder, 'none'), options)).rejects.toThrow(/Cannot read the label list/);
  });
});

describe('analyse', () => {
  it('has percentiles by nearest rank, and a width in which the longest label can be aligned', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ label: 'AABB', height: 32, width: i + 1 }));
    const a = analyse(rows);
    expect(a.percentiles.find((p) => p.percent === 95)).toEqual({ percent: 95, height: 32, width: 95 });
    expect(a.recommended).toEqual({ height: 32, width: 90, stepsNeeded: 6 });
    expect(analyse([{ label: 'A'.repeat(30), height: 32, width: 40 }]).recommended.width).toBe(4 * (59 + 2));
    expect(percentile([[7, 1]], 50)).toBe(7);
    expect(() => analyse([])).toThrow('analyse: expected rows, got none');
  });
});
