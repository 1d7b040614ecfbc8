import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noGrad, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { Article, createModel, Random } from '../../src/nn/index.ts';

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

describe('the models', () => {
  test('article-lstm has the 7,350,373 values of the study, article-gru its 6.92 million', () => {
    expect(values('article-lstm')).toBe(7_350_373);
    expect(values('article-gru')).toBe(6_923_365);
  });

  test('word-small has at most 0.6 million parameters', () => {
    const model = createModel(device, 'word-small', 37);
    expect(model.parameterCount()).toBe(462_037);
    model.dispose();
  });

  test.each([
    ['word-small', 128, 32],
    ['word-small', 256, 64],
    ['word-small', 99, 25],
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
      'model: "word-huge" is unknown; expected one of word-small, line-small, article-lstm, article-gru',
    );
  });

  test('weights of another shape are refused by name, and nothing is written', async () => {
    const model = createModel(device, 'word-small', 37);
    const other = createModel(device, 'word-small', 38);
    const state = await other.state();
    expect(() => model.load(state)).toThrow('weights: head.weight must be [37, 192], the file has [38, 192]');
    state.delete('stem.conv.weight');
    expect(() => model.load(state)).toThrow('weights: stem.conv.weight is missing');
    model.dispose();
    other.dispose();
  });
});

test.each(['word-small', 'line-small'])('%s leaves nothing on the device', (name) => {
  const before = device.memory().liveBytes;
  const model = createModel(device, name, 37);
  expect(device.memory().liveBytes).toBeGreaterThan(before);
  model.dispose();
  expect(device.memory().liveBytes).toBe(before);
});
