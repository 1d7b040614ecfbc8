import { describe, expect, test } from 'vitest';
import { transferLayers, type Weights } from '../../src/nn/index.ts';

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
