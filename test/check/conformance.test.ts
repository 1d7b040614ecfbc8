/** The reader of conformance folders, against a folder built in memory. */
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import { ConformanceError, crc32, loadManifest, loadSuite } from '../../src/check/conformance.ts';

function folder(change: (suite: Record<string, unknown>) => void = () => {}, data?: Uint8Array) {
  const bytes = data ?? new Uint8Array(48);
  if (data === undefined) {
    const view = new DataView(bytes.buffer);
    view.setFloat32(0, 1.5, true);
    view.setFloat32(4, Number.NEGATIVE_INFINITY, true);
    view.setInt32(16, -7, true);
    view.setFloat64(32, Math.PI, true);
  }
  const suite: Record<string, unknown> = {
    suite: 's',
    description: 'made here',
    data: 's.bin',
    bytes: bytes.length,
    crc32: crc32(bytes),
    count: 1,
    cases: [
      {
        id: 's/0',
        op: 'add',
        attrs: { dim: 1 },
        tags: ['optional'],
        grad_unspecified_samples: [2],
        tensors: {
          a: { role: 'input', dtype: 'f32', shape: [2], offset: 0 },
          n: { role: 'input', dtype: 'i32', shape: [], offset: 16 },
          y: { role: 'output', dtype: 'f64', shape: [1], offset: 32, tol: { atol: 1, rtol: 0 }, torch_f32_maxerr: 0.5 },
          g_y: { role: 'cotangent', dtype: 'f32', shape: [0], offset: 0, of: 'y' },
        },
      },
    ],
  };
  change(suite);
  const files: Record<string, Uint8Array> = {
    'd/manifest.json': new TextEncoder().encode('{"suites":[{"suite":"s","kind":"tensors","count":1}]}'),
    'd/s.json': new TextEncoder().encode(JSON.stringify(suite)),
    'd/s.bin': bytes,
  };
  return async (path: string) => {
    if (files[path] === undefined) throw new Error(`ENOENT ${path}`);
    return files[path];
  };
}

test('crc32 is that of zlib', () => {
  expect(crc32(new Uint8Array())).toBe(0);
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

test('reads tensors by type, whatever the alignment of the buffer', async () => {
  const read = folder();
  const shifted = async (path: string) => {
    const bytes = await read(path);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    return moved.subarray(1);
  };
  for (const reader of [read, shifted]) {
    expect(await loadManifest('d', reader)).toEqual([{ suite: 's', kind: 'tensors', count: 1 }]);
    const { cases, description } = await loadSuite('d', 's', reader);
    expect(description).toBe('made here');
    const { a, n, y, g_y } = cases[0].tensors;
    expect(Array.from(a.data)).toEqual([1.5, Number.NEGATIVE_INFINITY]);
    expect(Array.from(n.data)).toEqual([-7]);
    expect(Array.from(y.data)).toEqual([Math.PI]);
    expect([y.tol, y.torchF32MaxErr, g_y.of, g_y.data.length]).toEqual([{ atol: 1, rtol: 0 }, 0.5, 'y', 0]);
    expect(cases[0].tags).toEqual(['optional']);
    expect(cases[0].raw.grad_unspecified_samples).toEqual([2]);
  }
});

describe('refuses', () => {
  type Suite = Record<string, unknown>;
  const tensor = (suite: Suite) => (suite.cases as { tensors: Record<string, Record<string, unknown>> }[])[0].tensors.a;
  const bad: [string, (suite: Suite) => void, RegExp][] = [
    ['a wrong checksum', (s) => Object.assign(s, { crc32: 1 }), /CRC-32/],
    ['a wrong size', (s) => Object.assign(s, { bytes: 47 }), /holds 48 bytes/],
    ['a wrong count', (s) => Object.assign(s, { count: 2 }), /lists 1 cases/],
    ['a path that leaves the folder', (s) => Object.assign(s, { data: '../s.bin' }), /file beside it/],
    ['a tensor beyond the data', (s) => Object.assign(tensor(s), { shape: [1e6] }), /reaches past/],
    ['an offset off the grid', (s) => Object.assign(tensor(s), { offset: 4 }), /multiple of 16/],
    ['a negative extent', (s) => Object.assign(tensor(s), { shape: [-1] }), /list of extents/],
    ['an unknown dtype', (s) => Object.assign(tensor(s), { dtype: 'f16' }), /one of f32/],
    ['cases that are no list', (s) => Object.assign(s, { cases: {} }), /must be a list/],
  ];
  test.each(bad)('%s', async (_, change, message) => {
    await expect(loadSuite('d', 's', folder(change))).rejects.toThrow(ConformanceError);
    await expect(loadSuite('d', 's', folder(change))).rejects.toThrow(message);
  });

  test('text that is no JSON', async () => {
    await expect(loadSuite('d', 's', async () => new TextEncoder().encode('{'))).rejects.toThrow(/not valid JSON/);
  });
});

test('compare follows the rules of CONFORMANCE.md', () => {
  const exact = { atol: 0, rtol: 0 };
  const inf = Number.POSITIVE_INFINITY;
  expect(compare([1, -0, inf, Number.NaN], [1, 0, inf, Number.NaN], exact).ok).toBe(true);
  expect(compare([1, 2.1], [1, 2], { atol: 0, rtol: 0.04 })).toMatchObject({ ok: false, worst: 1 });
  expect(compare([1, 2.1], [1, 2], { atol: 0, rtol: 0.06 })).toMatchObject({ ok: true });
  expect(compare([1e30], [inf], { atol: 1, rtol: 1 })).toMatchObject({ ok: false, worst: 0 });
  expect(compare([-inf], [inf], { atol: 1, rtol: 1 }).ok).toBe(false);
  expect(compare([Number.NaN], [1], { atol: 1e9, rtol: 1 }).ok).toBe(false);
  expect(compare([1], [1, 2], { atol: 9, rtol: 9 }).ok).toBe(false);
});
