import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { matmul, Tensor } from '../../src/autograd/index.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, VARIANTS, variantsOf } from '../../src/kernels/index.ts';
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
