/** Which tile a product gets: defaults, a tuned table, a forced variant; and the table's way to the cache and back. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { matmul, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import {
  applySavedTuning,
  applyTuning,
  candidateTiles,
  chooseTile,
  forceTile,
  forceVariant,
  saveTuning,
  shapeClass,
  type Tile,
  takeLaunched,
  tuningOf,
  variantsOf,
} from '../../src/kernels/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => {
  forceVariant(device, undefined);
  forceTile(device, undefined);
});
afterAll(() => device.dispose());

const SIZE = { rows: 48, columns: 3000, depth: 100 };
const CLASS = 'conv2d 64x4096x256';

test('sizes of about the same size are one class', () => {
  expect(shapeClass('conv2d', SIZE)).toBe(CLASS);
  expect(shapeClass('conv2d', { rows: 33, columns: 1025, depth: 65 })).toBe(CLASS);
  expect(shapeClass('conv2d', { rows: 64, columns: 4096, depth: 256 })).toBe(CLASS);
  expect(shapeClass('conv2d', { rows: 65, columns: 4097, depth: 257 })).toBe('conv2d 128x16384x1024');
  expect(shapeClass('matmul', { rows: 1, columns: 1, depth: 1e9 })).toBe('matmul 1x1x4096');
});

test('candidates have different names, fit the device, and are of every variant that it can run', () => {
  const tiles = candidateTiles(device);
  expect(new Set(tiles.map((t) => t.id)).size).toBe(tiles.length);
  expect(new Set(tiles.map((t) => t.variant))).toEqual(new Set(variantsOf(device)));
  const { maxComputeInvocationsPerWorkgroup: most, maxComputeWorkgroupStorageSize: memory } = device.raw.limits;
  for (const { variant, consts, rows, cols } of tiles.filter((t) => t.variant === 'workgroup')) {
    expect(consts.SIDE ** 2, variant).toBeLessThanOrEqual(most);
    expect(4 * consts.DEPTH * (rows + 1 + cols)).toBeLessThanOrEqual(memory);
    // lib/product_tiles: an invocation always fetches the same column.
    expect(consts.SIDE % consts.COLS).toBe(0);
  }
});

test('the default of every adapter is one of the candidates', () => {
  const ids = candidateTiles(device).map((t) => t.id);
  for (const variant of variantsOf(device)) {
    forceVariant(device, variant);
    for (const rows of [1, 5, 16, 100, 4096])
      for (const columns of [1, 30, 5000, 100_000]) {
        const tile = chooseTile(device, 'matmul', { rows, columns, depth: 64 });
        expect(tile.variant).toBe(variant);
        expect(ids).toContain(tile.id);
      }
  }
});

test('a tuned class gets its tile, other classes the default, a forced variant its own', () => {
  const fallback = chooseTile(device, 'conv2d', SIZE);
  const other = candidateTiles(device).find((t) => t.variant === 'workgroup' && t.id !== fallback.id) as Tile;
  applyTuning(device, { [CLASS]: other.id, 'conv2d 1x1x1': 'a tile of another adapter' });
  expect(tuningOf(device)).toEqual({ [CLASS]: other.id });
  expect(chooseTile(device, 'conv2d', SIZE).id).toBe(other.id);
  expect(chooseTile(device, 'matmul', SIZE).id).toBe(fallback.id);
  forceVariant(device, 'portable');
  expect(chooseTile(device, 'conv2d', SIZE).variant).toBe('portable');
});

test('the table goes to the cache and comes back on another device; a broken file counts as none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-tuning-'));
  const before = process.env.LEXEL_CACHE;
  process.env.LEXEL_CACHE = folder;
  await using second = await Device.create();
  try {
    const path = await saveTuning(device);
    await applySavedTuning(second);
    expect(tuningOf(second)).toEqual(tuningOf(device));
    await using third = await Device.create();
    for (const text of ['not JSON', '[1]', 'null', '{"conv2d 64x4096x256": 7}']) {
      writeFileSync(path as string, text);
      await applySavedTuning(third);
      expect(tuningOf(third)).toEqual({});
    }
  } finally {
    if (before === undefined) delete process.env.LEXEL_CACHE;
    else process.env.LEXEL_CACHE = before;
    rmSync(folder, { recursive: true });
  }
});

test('launches are counted by class from the first call on', async () => {
  takeLaunched(device);
  const a = Tensor.zeros(device, [3, 5]);
  (await device.step(() => matmul(a, Tensor.zeros(device, [5, 7])))).dispose();
  const launched = takeLaunched(device);
  expect([...launched.keys()]).toEqual(['matmul 4x16x16']);
  expect(launched.get('matmul 4x16x16')).toMatchObject({ rows: 3, columns: 7, depth: 5 });
  expect(takeLaunched(device).size).toBe(0);
  a.dispose();
});
