import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gru } from '../../src/autograd/ops/gru.ts';
import { lstm, lstmCell, packRecurrent } from '../../src/autograd/ops/recurrent.ts';
import { noGrad } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { hasBlocks } from '../../src/kernels/block-path.ts';
import { tuneWalk } from '../../src/kernels/recurrent.ts';
import { forceVariant, variantsOf } from '../../src/kernels/variants.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterEach(() => {
  forceVariant(device, undefined);
  tuneWalk(device, undefined);
});
afterAll(() => device.dispose());

const cases = ['lstm', 'lstm_cell'].flatMap((name) => casesOf(name));

test.each(cases)('$op $name', (c) => checkCase(device, c));

/** The shapes that GPUs get, which this adapter would not choose by itself, and the others that a tile can have. */
describe.each([
  ['state in workgroup memory', { rows: 4, workgroup: 32, local: true }],
  ['state in storage, several subgroups', { rows: 4, workgroup: 32, local: false }],
  ['one row, one unit at a time', { rows: 1, workgroup: 64, units: 1, local: true }],
  ['tall tiles', { tall: true }],
])('%s', (_, tuning) => {
  const some = cases.filter((c) =>
    ['one', 'odd', 'bidirectional', 'not_multiple_of_tile', 'many_rows'].includes(c.name),
  );
  test.each(some)('$op $name', async (c) => {
    tuneWalk(device, tuning);
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await checkCase(device, c);
    }
  });
});

test('tall tiles are for many rows of whole fours, on a CPU with 8 lanes', async ({ skip }) => {
  skip(!hasBlocks(device, 'matmul_fours'), 'this adapter has no tiles of its own');
  const walked = async (batch: number, hidden: number) => {
    const replay = await device.record(() => noGrad(() => lstm(zeros(2, batch, 3), weights(3, hidden)).y));
    const kernel = [...replay.kernels()].map(([name]) => name).find((name) => name.startsWith('lstm'));
    replay.dispose();
    return kernel;
  };
  expect(await walked(17, 8)).toBe('lstm_tiles');
  expect(await walked(16, 8)).toBe('lstm_subgroup');
  expect(await walked(17, 6)).toBe('lstm_subgroup');
  // The state of 32 rows no longer fits in workgroup memory.
  const most = device.raw.limits.maxComputeWorkgroupStorageSize / 128;
  expect(await walked(17, most + 4)).toBe('lstm_subgroup');
  forceVariant(device, 'portable');
  expect(await walked(17, 8)).toBe('lstm');
});

const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
const weights = (inputs: number, hidden: number) => ({
  weightIh: zeros(4 * hidden, inputs),
  weightHh: zeros(4 * hidden, hidden),
});

/** Weights of both directions of a layer of [3, 2, 4], none of them alike. */
function drawn(gates: number, hidden: number) {
  let next = 1;
  const some = (...shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return Tensor.from(
      device,
      Float32Array.from({ length: size }, () => Math.sin(next++)),
      shape,
    );
  };
  const direction = () => ({
    weightIh: some(gates * hidden, 4),
    weightHh: some(gates * hidden, hidden),
    biasIh: some(gates * hidden),
    biasHh: some(gates * hidden),
  });
  return { x: some(3, 2, 4), params: { ...direction(), reverse: direction() } };
}

test.each([
  ['lstm', lstm, 4],
  ['gru', gru, 3],
] as const)('%s reads weights packed before as it packs them itself', async (_, layer, gates) => {
  const { x, params } = drawn(gates, 5);
  for (const given of [params, { ...params, reverse: undefined }]) {
    const own = await layer(x, given).y.read();
    const packed = packRecurrent(given);
    expect([...(await layer(x, { ...given, packed }).y.read())]).toEqual([...own]);
    // It is those that are read: zeros make another output.
    const none = Tensor.zeros(device, packed.shape);
    expect([...(await layer(x, { ...given, packed: none }).y.read())]).not.toEqual([...own]);
  }
  const { weightHh } = params;
  expect(() => layer(x, { ...params, packed: packRecurrent({ ...params, reverse: undefined }) })).toThrow(
    'recurrent layer: packed must have 256 values for hidden size 5, got 128',
  );
  expect(() => packRecurrent({ ...params, reverse: { ...params.reverse, weightHh: zeros(5, 5) } })).toThrow(
    `recurrent_pack: weightHh must be [${gates}*H, H] with H > 0, got [5, 5]`,
  );
  expect(() => packRecurrent({ weightIh: weightHh, weightHh, biasHh: zeros(5) })).toThrow(
    `recurrent_pack: biasHh must be [${gates * 5}], got [5]`,
  );
});

test('an empty batch gives empty outputs and launches nothing of its own', async () => {
  const { y, hn, cn } = lstm(zeros(3, 0, 2), weights(2, 5));
  expect([y.shape, hn.shape, cn.shape]).toEqual([
    [3, 0, 5],
    [1, 0, 5],
    [1, 0, 5],
  ]);
  expect(await y.read()).toHaveLength(0);
});

test('errors say what was expected', () => {
  const x = zeros(3, 2, 4);
  expect(() => lstm(zeros(3, 4), weights(4, 5))).toThrow(
    'lstm: x must be [T, B, I], got [3, 4]; put time first with permute',
  );
  expect(() => lstm(zeros(0, 2, 4), weights(4, 5))).toThrow(
    'lstm: x must have at least one time step and one feature, got [0, 2, 4]',
  );
  expect(() => lstm(x, weights(3, 5))).toThrow(
    'lstm: weightIh must be [20, 4] for x [3, 2, 4] and hidden size 5, got [20, 3]',
  );
  expect(() => lstm(x, { ...weights(4, 5), weightHh: zeros(15, 5) })).toThrow(
    'lstm: weightHh must be [20, 5] for x [3, 2, 4] and hidden size 5, got [15, 5]',
  );
  expect(() => lstm(x, { ...weights(4, 5), weightHh: zeros(0, 0) })).toThrow(
    'lstm: weightHh must be [4*H, H] with H > 0, got [0, 0]',
  );
  expect(() => lstm(x, { ...weights(4, 5), biasIh: zeros(5) })).toThrow(
    'lstm: biasIh must be [20] for x [3, 2, 4] and hidden size 5, got [5]',
  );
  expect(() => lstm(x, { ...weights(4, 5), reverse: weights(4, 6) })).toThrow(
    'lstm: reverse.weightHh must be [20, 5] for x [3, 2, 4] and hidden size 5, got [24, 6]',
  );
  expect(() => lstm(x, weights(4, 5), { c0: zeros(2, 2, 5) })).toThrow(
    'lstm: c0 must be [1, 2, 5] for x [3, 2, 4] and hidden size 5, got [2, 2, 5]',
  );
  expect(() => lstm(Tensor.zeros(device, [3, 2, 4], { dtype: 'i32' }), weights(4, 5))).toThrow(
    'lstm: all inputs must be f32, got i32',
  );
  expect(() => lstmCell(zeros(2, 4), { h: zeros(2, 6), c: zeros(2, 5) }, weights(4, 5))).toThrow(
    'lstm: h0 must be [1, 2, 5] for x [1, 2, 4] and hidden size 5, got [1, 2, 6]',
  );
});
