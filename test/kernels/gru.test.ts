import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gru, gruCell } from '../../src/autograd/ops/gru.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
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

const cases = ['gru', 'gru_cell'].flatMap((name) => casesOf(name));

test.each(cases)('$op $name', (c) => checkCase(device, c));

/** The shapes that GPUs get, which this adapter would not choose by itself, and the others that a tile can have. */
describe.each([
  ['state in workgroup memory', { rows: 4, workgroup: 32, local: true }],
  ['state in storage, several subgroups', { rows: 4, workgroup: 32, local: false }],
  ['one row, one unit at a time', { rows: 1, workgroup: 64, units: 1, local: true }],
])('%s', (_, tuning) => {
  const some = cases.filter((c) => ['one', 'odd', 'bidirectional', 'not_multiple_of_tile'].includes(c.name));
  test.each(some)('$op $name', async (c) => {
    tuneWalk(device, tuning);
    for (const variant of variantsOf(device)) {
      forceVariant(device, variant);
      await checkCase(device, c);
    }
  });
});

const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
const weights = (inputs: number, hidden: number) => ({
  weightIh: zeros(3 * hidden, inputs),
  weightHh: zeros(3 * hidden, hidden),
});

test('an empty batch gives empty outputs and launches nothing of its own', async () => {
  const { y, hn } = gru(zeros(3, 0, 2), weights(2, 5));
  expect([y.shape, hn.shape]).toEqual([
    [3, 0, 5],
    [1, 0, 5],
  ]);
  expect(await y.read()).toHaveLength(0);
});

test('errors say what was expected', () => {
  const x = zeros(3, 2, 4);
  expect(() => gru(x, { ...weights(4, 5), weightHh: zeros(20, 5) })).toThrow(
    'gru: weightHh must be [15, 5] for x [3, 2, 4] and hidden size 5, got [20, 5]',
  );
  expect(() => gru(x, { ...weights(4, 5), biasHh: zeros(20) })).toThrow(
    'gru: biasHh must be [15] for x [3, 2, 4] and hidden size 5, got [20]',
  );
  expect(() => gru(x, weights(4, 5), { h0: zeros(2, 5) })).toThrow(
    'gru: h0 must be [1, 2, 5] for x [3, 2, 4] and hidden size 5, got [2, 5]',
  );
  expect(() => gruCell(zeros(2, 4), zeros(3, 5), weights(4, 5))).toThrow(
    'gru: h0 must be [1, 2, 5] for x [1, 2, 4] and hidden size 5, got [1, 3, 5]',
  );
});
