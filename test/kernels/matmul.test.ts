import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { matmul, Tensor } from '../../src/autograd/index.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import {
  candidateTiles,
  forceTile,
  forceVariant,
  isSoftware,
  takeLaunched,
  VARIANTS,
  variantsOf,
} from '../../src/kernels/index.ts';
import { runMatmul } from '../../src/kernels/matmul.ts';
import { subgroupTile } from '../../src/kernels/tile.ts';
import { checkCase } from './elementary.ts';
import { tilesOf, withTile } from './tiles.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => forceVariant(device, undefined));
afterAll(() => device.dispose());

describe.each(VARIANTS)('%s', (variant) => {
  test.each(casesOf('matmul'))('$name', async (c) => {
    if (!variantsOf(device).includes(variant)) throw new Error(`not tested: this adapter has no ${variant} variant`);
    forceVariant(device, variant);
    await checkCase(device, c);
  });

  test('every register tile that the tuner may choose', async () => {
    const cases = casesOf('matmul').filter((c) => ['odd', 'broadcast_trans'].includes(c.name));
    expect(cases).toHaveLength(2);
    for (const tile of tilesOf(device, variant, 'matmul'))
      await withTile(device, tile, async () => {
        for (const c of cases) await checkCase(device, c);
      });
  });

  test('more blocks of rows than one grid dimension holds', async () => {
    forceVariant(device, variant);
    // 16 rows a block at most: 65,537 blocks and a rest.
    const rows = 16 * 65_536 + 5;
    const y = await device.step(() => {
      const a = Tensor.from(
        device,
        Float32Array.from({ length: rows }, (_, i) => i % 1000),
        [rows, 1],
      );
      return matmul(a, Tensor.from(device, [2], [1, 1]));
    });
    const values = await y.read();
    y.dispose();
    expect(values.findIndex((v, i) => v !== 2 * (i % 1000))).toBe(-1);
  });
});

interface Layout {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly bias?: boolean;
  readonly relu?: boolean;
}
type Sizes = readonly [m: number, n: number, k: number];

describe('operands in fours', () => {
  const fours = () => candidateTiles(device, 'matmul_fours').filter((t) => t.only?.includes('matmul_fours'));
  const drawn = (seed: number, shape: readonly number[]) =>
    Tensor.from(
      device,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
      shape,
    );

  test('have tiles of their own where a subgroup of a CPU has 8 lanes', () => {
    const ids = isSoftware(device) && device.adapter.subgroupSize === 8 ? ['fours 16x32', 'fours 32x32'] : [];
    expect(fours().map((t) => t.id)).toEqual(ids);
    expect(candidateTiles(device, 'matmul').some((t) => t.only)).toBe(false);
  });

  // What lies along a line must be whole fours: k, and m or n where a line holds one k.
  test.each<[string, Layout, readonly Sizes[]]>([
    [
      'as they are',
      { bias: true },
      [
        [33, 36, 12],
        [1, 40, 4],
        [97, 132, 128],
      ],
    ],
    [
      'b transposed',
      { transB: true, bias: true, relu: true },
      [
        [33, 37, 12],
        [1, 5, 4],
        [97, 37, 128],
      ],
    ],
    [
      'a transposed',
      { transA: true },
      [
        [36, 36, 12],
        [4, 4, 4],
        [100, 36, 128],
      ],
    ],
    [
      'both transposed',
      { transA: true, transB: true, relu: true },
      [
        [36, 37, 12],
        [4, 1, 4],
        [100, 37, 128],
      ],
    ],
  ])('%s: the same bits as by the usual kernel', async (_, { transA, transB, bias: added, relu }, sizes) => {
    if (fours().length === 0) return;
    for (const [m, n, k] of sizes) {
      const [a, b] = [drawn(1, transA ? [k, m] : [m, k]), drawn(2, transB ? [n, k] : [k, n])];
      const bias = added ? drawn(3, [n]) : undefined;
      const product = async () => {
        const y = DeviceArray.empty(device, [m, n]);
        runMatmul(device, a, b, y, { m, n, k, transA, transB, bias, relu });
        const values = await device.read(y);
        y.dispose();
        return values;
      };
      let expected: unknown;
      await withTile(device, subgroupTile(device, 32, 4), async () => {
        const values = await product();
        expect(values.some((v) => v > 0.01)).toBe(true);
        expected = values;
      });
      for (const tile of fours())
        await withTile(device, tile, async () => {
          takeLaunched(device);
          expect(await product(), `${m} x ${n} x ${k}`).toEqual(expected);
          expect([...takeLaunched(device).values()].map((l) => l.tile)).toEqual([tile.id]);
        });
      for (const t of [a, b, bias]) t?.dispose();
    }
  });

  test('parts of larger tensors', async () => {
    const [tile] = fours();
    if (!tile) return;
    const [wholeA, wholeB] = [drawn(1, [64 + 9 * 4]), drawn(2, [128 + 4 * 20])];
    const part = (t: Tensor, shape: readonly number[], at: number) => new Tensor(t.array.view(shape, 4 * at));
    const product = () => device.step(() => matmul(part(wholeA, [9, 4], 64), part(wholeB, [4, 20], 128)));
    const got: unknown[] = [];
    for (const t of [tile, subgroupTile(device, 32, 4)])
      await withTile(device, t, async () => {
        got.push(await (await product()).read());
      });
    expect(got[0]).toEqual(got[1]);
  });

  test('more blocks of rows than one grid dimension holds', async () => {
    const [tile] = fours();
    if (!tile) return;
    const rows = tile.rows * 65_536 + 5;
    await withTile(device, tile, async () => {
      const y = await device.step(() => {
        const a = Tensor.from(
          device,
          Float32Array.from({ length: 4 * rows }, (_, i) => i % 1000),
          [rows, 4],
        );
        return matmul(a, Tensor.from(device, [0, 0, 0, 2], [1, 4]), { transB: true });
      });
      const values = await y.read();
      y.dispose();
      expect(values.findIndex((v, i) => v !== 2 * ((4 * i + 3) % 1000))).toBe(-1);
    });
  });

  test.each([
    ['k no multiple of 4', [33, 6], [6, 36], {}],
    ['columns no multiple of 4', [33, 12], [12, 37], {}],
    ['rows no multiple of 4, transposed', [12, 33], [12, 36], { transA: true }],
    ['several products', [2, 33, 12], [2, 12, 36], {}],
    ['one operand for several products', [2, 33, 12], [12, 36], {}],
  ] as const)('%s: the usual kernel', async (_, a, b, options) => {
    takeLaunched(device);
    forceTile(device, fours().at(-1));
    const y = await device.step(() => matmul(Tensor.zeros(device, a), Tensor.zeros(device, b), options));
    forceTile(device, undefined);
    y.dispose();
    const launched = [...takeLaunched(device).values()];
    expect(launched.map((l) => l.product)).toEqual(['matmul']);
    expect(launched[0].tile).not.toContain('fours');
  });

  test('the default takes them, but for products that would leave most of a tile idle', async () => {
    if (fours().length === 0) return;
    const tileOf = async (m: number, n: number) => {
      takeLaunched(device);
      (await device.step(() => matmul(Tensor.zeros(device, [m, 4]), Tensor.zeros(device, [4, n])))).dispose();
      const [{ product, tile }] = takeLaunched(device).values();
      expect(product).toBe('matmul_fours');
      return tile;
    };
    expect(await tileOf(8, 16)).toBe('fours 16x32');
    expect(await tileOf(64, 32)).toBe('fours 32x32');
    expect(await tileOf(97, 32)).toBe('fours 32x32');
    for (const [m, n] of [
      [7, 64],
      [64, 12],
    ])
      expect(await tileOf(m, n)).toMatch(/^subgroup/);
    for (const variant of ['portable', 'workgroup'] as const) {
      forceVariant(device, variant);
      expect(await tileOf(64, 64)).toMatch(new RegExp(`^${variant}`));
    }
  });
});

test('errors say what came', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const cases: [() => unknown, string][] = [
    [() => matmul(zeros(3), zeros(3, 2)), 'matmul: both inputs need at least 2 dimensions, got a [3] and b [3, 2]'],
    [
      () => matmul(zeros(2, 3), zeros(2, 3)),
      'matmul: inner dimensions must agree (3 and 2 do not), got a [2, 3] and b [2, 3]',
    ],
    [
      () => matmul(zeros(2, 3), zeros(2, 3), { transA: true, transB: true }),
      'matmul: inner dimensions must agree (2 and 3 do not), got a [2, 3] transposed and b [2, 3] transposed',
    ],
    [
      () => matmul(zeros(2, 1, 3), zeros(3, 3, 1)),
      'matmul: batch dimensions must broadcast (2 and 3 do not), got a [2, 1, 3] and b [3, 3, 1]',
    ],
    [
      () => matmul(zeros(1, 1, 1, 1, 1, 1), zeros(1, 1)),
      'matmul: at most 3 batch dimensions are supported, got a [1, 1, 1, 1, 1, 1] and b [1, 1]',
    ],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});
