/** Folding batch norm into convolutions changes no reading, no weight, and ends with training, loading or disposal. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backward, noGrad, sum, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { createModel, Random, type Recognizable } from '../../src/nn/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

/** Gives every tensor that starts as a constant (norms, biases) values of its own, variances above zero. */
async function shake(model: Recognizable): Promise<void> {
  const random = new Random(5);
  const state = await model.state();
  for (const [name, { data }] of state)
    for (let i = 0; i < data.length; i++)
      data[i] += name.endsWith('runningVar') ? random.uniform() : 0.2 * (random.uniform() - 0.5);
  model.load(state);
}

async function logitsOf(model: Recognizable, width: number): Promise<{ data: Float32Array; dispatches: number }> {
  const random = new Random(3);
  const x = Tensor.from(
    device,
    Float32Array.from({ length: 32 * width }, () => random.uniform() - 0.5),
    [1, 1, 32, width],
  );
  const before = device.stats().dispatches;
  const y = await device.step(() => noGrad(() => model.forward(x)));
  const dispatches = device.stats().dispatches - before;
  const data = Float32Array.from(await y.read());
  y.dispose();
  x.dispose();
  return { data, dispatches };
}

test.each([
  ['word-small', 64],
  ['article-lstm', 170],
] as const)('%s', async (name, width) => {
  const start = device.memory().liveBytes;
  const model = createModel(device, name, 37);
  await shake(model);
  model.eval();
  const plain = await logitsOf(model, width);
  const weights = await model.state();
  model.fold();
  const folded = await logitsOf(model, width);
  const scale = Math.max(...plain.data.map(Math.abs));
  const worst = Math.max(...plain.data.map((v, i) => Math.abs(v - folded.data[i])));
  expect(scale).toBeGreaterThan(0.1);
  expect(worst / scale).toBeLessThan(2e-5);
  // Six or seven norms less; the first folded pass also folds.
  expect((await logitsOf(model, width)).dispatches).toBeLessThan(plain.dispatches - 5);
  expect(await model.state()).toEqual(weights);

  // Other weights: the old fold must not answer for them.
  for (const { data } of weights.values()) data[0] += 0.25;
  model.load(weights);
  const changed = await logitsOf(model, width);
  model.fold();
  const again = await logitsOf(model, width);
  expect(Math.max(...changed.data.map((v, i) => Math.abs(v - again.data[i]))) / scale).toBeLessThan(2e-5);
  expect(Math.max(...changed.data.map((v, i) => Math.abs(v - plain.data[i]))) / scale).toBeGreaterThan(1e-3);

  model.fold();
  model.train();
  model.eval();
  expect((await logitsOf(model, width)).data).toEqual(changed.data);
  model.fold();
  model.dispose();
  await device.flush();
  expect(device.memory().liveBytes).toBe(start);
});

describe('weights in 16 bits', () => {
  const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));

  test('read about the same, leave the model as it is, and end with unfolding, training or disposal', async ({
    skip,
  }) => {
    skip(!device.raw.features.has('shader-f16'), "this adapter has no 'shader-f16'");
    await device.flush();
    const start = device.memory().liveBytes;
    const model = createModel(device, 'word-small', 37);
    await shake(model);
    model.eval();
    const plain = (await logitsOf(model, 64)).data;
    const [state, names] = [await model.state(), [...model.namedParameters().keys()]];
    const unfolded = device.memory().liveBytes;
    model.fold();
    const folded = (await logitsOf(model, 64)).data;
    const wide = device.memory().liveBytes;
    // One fold ends the other.
    for (let time = 0; time < 2; time++) {
      model.fold({ half: true });
      const half = (await logitsOf(model, 64)).data;
      expect(apart(half, folded)).toBeGreaterThan(0);
      expect(apart(half, folded)).toBeLessThan(0.05);
      expect(await model.state()).toEqual(state);
      expect([...model.namedParameters().keys()]).toEqual(names);
    }
    model.fold();
    await device.flush();
    expect(device.memory().liveBytes).toBe(wide);
    expect((await logitsOf(model, 64)).data).toEqual(folded);
    model.fold({ half: true });
    model.unfold();
    await device.flush();
    expect(device.memory().liveBytes).toBe(unfolded);
    expect((await logitsOf(model, 64)).data).toEqual(plain);

    model.fold({ half: true });
    model.load(state);
    expect((await logitsOf(model, 64)).data).toEqual(plain);
    model.fold({ half: true });
    model.train();
    const x = Tensor.from(device, new Float32Array(2 * 32 * 64).fill(0.5), [2, 1, 32, 64]);
    await device.step(() => {
      backward(sum(model.forward(x)));
      expect(model.parameters().filter((p) => !p.grad)).toEqual([]);
    });
    x.dispose();
    model.fold({ half: true });
    model.dispose();
    await device.flush();
    expect(device.memory().liveBytes).toBe(start);
  });

  test('are refused by an adapter without them, and nothing is left of the try', async () => {
    await using plain = await Device.create({ portable: true });
    const model = createModel(plain, 'word-small', 37);
    await plain.flush();
    const before = plain.memory().liveBytes;
    expect(() => model.fold({ half: true })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    model.unfold();
    await plain.flush();
    expect(plain.memory().liveBytes).toBe(before);
    model.dispose();
  });
});
