import { describe, expect, test } from 'vitest';
import { Alphabet, transferAlphabet, transferLayers, type Weights, widenRecurrent } from '../../src/nn/index.ts';

const tensor = (shape: number[], value: number) => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

const own: Weights = new Map([
  ['conv.weight', tensor([2, 1, 3, 3], 0)],
  ['conv.bias', tensor([2], 0)],
  ['head.weight', tensor([4, 2], 0)],
  ['head.bias', tensor([4], 0)],
]);

describe('transferLayers', () => {
  test('takes the layers of the same names and shapes, the rest stays fresh', () => {
    const given: Weights = new Map([
      ['conv.weight', tensor([2, 1, 3, 3], 5)],
      ['conv.bias', tensor([2], 6)],
      ['head.weight', tensor([3, 2], 7)],
      ['head.bias', tensor([4], 8)],
      ['other.weight', tensor([1], 9)],
    ]);
    const { weights, taken, fresh } = transferLayers(given, own);
    expect(taken).toEqual(['conv.weight', 'conv.bias']);
    // A bias that fits goes with its weight, which does not.
    expect(fresh).toEqual(['head.weight', 'head.bias']);
    expect([...weights].map(([name, t]) => [name, t.data[0]])).toEqual([
      ['conv.weight', 5],
      ['conv.bias', 6],
      ['head.weight', 0],
      ['head.bias', 0],
    ]);
  });

  test('a file of which nothing fits is an error', () => {
    expect(() => transferLayers(new Map([['x.weight', tensor([2], 1)]]), own)).toThrow(
      'weights: no layer has the names and shapes that this model needs',
    );
  });
});

/** One direction of `gates` gates, `inputs` inputs and `hidden` units, and a head of `classes` rows; each tensor of another value. */
function layer(gates: number, inputs: number, hidden: number, classes: number, value: number): Weights {
  return new Map([
    ['rnn.forwardWeights.weightIh', tensor([gates * hidden, inputs], value)],
    ['rnn.forwardWeights.weightHh', tensor([gates * hidden, hidden], value + 1)],
    ['rnn.forwardWeights.biasIh', tensor([gates * hidden], value + 2)],
    ['head.weight', tensor([classes, hidden], value + 3)],
    ['head.bias', tensor([classes], value + 4)],
  ]);
}

describe('widenRecurrent', () => {
  test('another alphabet: the head keeps its letters, wider', () => {
    const [from, to] = [new Alphabet('ab'), new Alphabet('bcd')];
    const own = layer(4, 2, 3, 4, 10);
    const wide = widenRecurrent(layer(4, 2, 2, 3, 0), own);
    expect(wide.get('head.weight')).toEqual({ shape: [3, 3], data: Float32Array.of(3, 3, 0, 3, 3, 0, 3, 3, 0) });
    const { weights, kept } = transferAlphabet(wide, from, to, own);
    expect(kept).toEqual(['b']);
    expect([...(weights.get('head.weight')?.data ?? [])]).toEqual([3, 3, 0, 13, 13, 13, 13, 13, 13, 3, 3, 0]);
  });

  test.each([
    ['another cell', layer(3, 2, 2, 3, 0), layer(4, 2, 3, 3, 10)],
    ['other inputs', layer(4, 2, 2, 3, 0), layer(4, 3, 3, 3, 10)],
    ['fewer units', layer(4, 2, 3, 3, 0), layer(4, 2, 2, 3, 10)],
    ['no such layer', own, layer(4, 2, 3, 3, 10)],
  ])('%s: nothing is widened', (_, given, other) => {
    expect(widenRecurrent(given, other)).toBe(given);
  });
});
