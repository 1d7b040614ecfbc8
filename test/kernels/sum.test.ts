import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../src/check/random.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';
import { launchSum, reduceRange, type SumSpec, sumChannels, sumRowsInto } from '../../src/kernels/sum.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const draw = random(5);
/** Small whole numbers: their sums are exact in any order. */
const whole = (n: number) => Float32Array.from({ length: n }, () => Math.floor(16 * draw.uniform()) - 8);

async function run(x: Float32Array, size: number, launch: (x: DeviceArray, y: DeviceArray) => void) {
  const y = await device.step(() => {
    const out = DeviceArray.empty(device, [size]);
    launch(DeviceArray.from(device, x, [x.length]), out);
    return out;
  });
  const values = await device.read(y);
  y.dispose();
  return values;
}

/** The formula of launchSum, in order. */
function plain(x: Float32Array, s: SumSpec): Float32Array {
  const y = new Float32Array(s.rows * s.cols);
  for (let i = 0; i < s.rows; i++)
    for (let j = 0; j < s.cols; j++)
      for (let o = 0; o < (s.count2 ?? 1); o++)
        for (let r = 0; r < s.count; r++) y[i * s.cols + j] += x[i * s.outer + o * (s.step2 ?? 0) + r * s.step + j];
  return y;
}

const SPECS: [name: string, size: number, spec: SumSpec][] = [
  ['one', 1, { rows: 1, cols: 1, count: 1, step: 1, outer: 0 }],
  ['short rows', 35, { rows: 5, cols: 1, count: 7, step: 1, outer: 7 }],
  ['columns', 21, { rows: 1, cols: 7, count: 3, step: 7, outer: 0 }],
  ['a tree of a workgroup', 1000, { rows: 2, cols: 5, count: 100, step: 5, outer: 500 }],
  ['a long tree', 10_007, { rows: 1, cols: 1, count: 10_007, step: 1, outer: 0 }],
  ['no tree: many outputs', 64 * 5000, { rows: 5000, cols: 1, count: 64, step: 1, outer: 64 }],
  ['two dimensions', 2 * 3 * 11, { rows: 3, cols: 1, count: 11, step: 1, outer: 11, count2: 2, step2: 33 }],
  ['two dimensions in a tree', 4 * 3 * 70, { rows: 3, cols: 1, count: 70, step: 1, outer: 70, count2: 4, step2: 210 }],
];

test.each(SPECS)('%s', async (_, size, spec) => {
  const x = whole(size);
  expect(await run(x, spec.rows * spec.cols, (a, y) => launchSum(device, a, y, spec))).toEqual(plain(x, spec));
});

test('more than 65,535 workgroups', async () => {
  const n = 65_535 * 64 + 3;
  const x = Float32Array.from({ length: n }, (_, i) => i % 1000);
  const y = await run(x, n, (a, out) => launchSum(device, a, out, { rows: n, cols: 1, count: 1, step: 1, outer: 1 }));
  // toEqual takes minutes for millions of elements.
  expect(y.findIndex((v, i) => v !== x[i])).toBe(-1);
});

test('nothing to add gives zeros, nothing to write launches nothing', async () => {
  const spec = { rows: 3, cols: 1, count: 0, step: 1, outer: 0 };
  expect(await run(whole(1), 3, (a, y) => launchSum(device, a, y, spec))).toEqual(new Float32Array(3));
  expect(await run(whole(1), 0, (a, y) => launchSum(device, a, y, { ...spec, rows: 0 }))).toEqual(new Float32Array(0));
});

test('channels, rows and broadcast batches', async () => {
  const x = whole(2 * 3 * 10);
  const channel = (c: number) => x.reduce((sum, v, i) => (Math.floor(i / 10) % 3 === c ? sum + v : sum), 0);
  expect(await run(x, 3, (a, y) => sumChannels(device, a, 2, 3, 10, y))).toEqual(Float32Array.of(0, 1, 2).map(channel));
  const column = (j: number) => x.reduce((sum, v, i) => (i % 5 === j ? sum + v : sum), 0);
  expect(await run(x, 5, (a, y) => sumRowsInto(device, a, 12, 5, y))).toEqual(
    Float32Array.of(0, 1, 2, 3, 4).map(column),
  );
  // [2, 3, 2, 5] summed to [3, 1, 5].
  const own = Float32Array.from({ length: 15 }, (_, k) => {
    const [b, e] = [Math.floor(k / 5), k % 5];
    let total = 0;
    for (const a of [0, 1]) for (const c of [0, 1]) total += x[((a * 3 + b) * 2 + c) * 5 + e];
    return total;
  });
  expect(await run(x, 15, (a, y) => reduceRange(device, a, y, [2, 3, 2], [3, 1]))).toEqual(own);
});
