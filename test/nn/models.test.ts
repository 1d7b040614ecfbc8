import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noGrad, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { Article, createModel, hiddenOf, Random, widenRecurrent } from '../../src/nn/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

/** Every value the model holds: parameters and running statistics, which Keras counts too. */
function values(name: string): number {
  const model = createModel(device, name, 37);
  const n = [...model.namedTensors().values()].reduce((sum, t) => sum + t.size, 0);
  model.dispose();
  return n;
}

/** Two images of noise. */
function picture() {
  const random = new Random(4);
  const x = Tensor.from(
    device,
    Float32Array.from({ length: 2 * 32 * 64 }, () => random.normal()),
    [2, 1, 32, 64],
  );
  return { x, dispose: () => x.dispose() };
}

describe('the models', () => {
  test('article-lstm has the 7,350,373 values of the study, article-gru its 6.92 million', () => {
    expect(values('article-lstm')).toBe(7_350_373);
    expect(values('article-gru')).toBe(6_923_365);
  });

  test('word-small has at most 0.6 million parameters', () => {
    const model = createModel(device, 'word-small', 37);
    expect(model.parameterCount()).toBe(554_773);
    model.dispose();
  });

  test('word-base has at most 3 million parameters', () => {
    const model = createModel(device, 'word-base', 37);
    expect(model.parameterCount()).toBe(2_716_549);
    model.dispose();
  });

  test.each([
    ['word-small', 8, 12],
    ['line-small', 16, 32],
  ])('%s of %i recurrent units computes the same as one of %i that starts from it', async (name, few, many) => {
    const narrow = createModel(device, name, 37, { hidden: few, seed: 5 }).eval();
    const wide = createModel(device, name, 37, { hidden: many, seed: 6 }).eval();
    const given = await narrow.state();
    const own = await wide.state();
    expect(hiddenOf(given)).toBe(few);
    wide.load(widenRecurrent(given, own));
    const { x, dispose } = picture();
    const read = async (model: typeof narrow) => {
      const y = await device.step(() => noGrad(() => model.forward(x)));
      const values = (await y.read()) as Float32Array;
      y.dispose();
      return values;
    };
    const [a, b] = [await read(narrow), await read(wide)];
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.05);
    expect(Math.max(...a.map((v, i) => Math.abs(v - b[i])))).toBeLessThan(1e-6);
    // The new units hear and say something of their own once they are trained.
    const { data } = widenRecurrent(given, own).get('rnn.reverseWeights.weightIh') ?? { data: [] };
    expect(data[few * 128]).toBe(own.get('rnn.reverseWeights.weightIh')?.data[few * 128]);
    expect(widenRecurrent(own, own)).toBe(own);
    for (const t of [narrow, wide]) t.dispose();
    dispose();
  });

  test.each([
    ['word-small', 128, 32],
    ['word-small', 256, 64],
    ['word-small', 99, 25],
    ['word-base', 32, 8],
  ])('%s gives one time step a quarter of %i pixels: %i', async (name, width, steps) => {
    const model = createModel(device, name, 37).eval();
    const x = Tensor.zeros(device, [2, 1, 32, width]);
    const y = await device.step(() => noGrad(() => model.forward(x)));
    expect(y.shape).toEqual([steps, 2, 37]);
    expect(model.timeSteps(width)).toBe(steps);
    for (const t of [y, x, model]) t.dispose();
  });

  test.each(['lstm', 'gru'] as const)(
    'the study network with %s cells gives 42 x 37 (at an eighth of its width)',
    async (cell) => {
      const counter = Tensor.zeros(device, [1], { dtype: 'u32' });
      const model = new Article({ device, random: new Random(3) }, 37, { cell, counter: () => counter, shrink: 8 });
      const x = Tensor.zeros(device, [1, 1, 32, 170]);
      for (const training of [true, false]) {
        model.train(training);
        const y = await device.step(() => noGrad(() => model.forward(x)));
        expect(y.shape).toEqual([42, 1, 37]);
        y.dispose();
      }
      for (const t of [x, counter, model]) t.dispose();
    },
  );

  test('the same seed draws the same weights, another seed others', async () => {
    const read = async (seed: number) => {
      const model = createModel(device, 'word-small', 37, { seed });
      const data = await model.parameters()[0].read();
      model.dispose();
      return data;
    };
    const [a, b, c] = [await read(1), await read(1), await read(2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test('an unknown architecture is named with those there are', () => {
    expect(() => createModel(device, 'word-huge', 37)).toThrow(
      'model: "word-huge" is unknown; expected one of word-small, word-base, line-small, article-lstm, article-gru',
    );
  });

  test('weights of another shape are refused by name, and nothing is written', async () => {
    const model = createModel(device, 'word-small', 37);
    const other = createModel(device, 'word-small', 38);
    const state = await other.state();
    expect(() => model.load(state)).toThrow('weights: head.weight must be [37, 256], the file has [38, 256]');
    state.delete('stem.conv.weight');
    expect(() => model.load(state)).toThrow('weights: stem.conv.weight is missing');
    model.dispose();
    other.dispose();
  });
});

test.each(['word-small', 'word-base', 'line-small'])('%s leaves nothing on the device', (name) => {
  const before = device.memory().liveBytes;
  const model = createModel(device, name, 37);
  expect(device.memory().liveBytes).toBeGreaterThan(before);
  model.dispose();
  expect(device.memory().liveBytes).toBe(before);
});
