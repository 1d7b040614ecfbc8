import { expect, test } from 'vitest';
import { meanLogits, showView, VIEWS, viewsTaken } from '../../src/nn/index.ts';

const SIZE = { stride: 4, columns: 3, height: 2 };
/** A value before, two rows of three and one of padding, a value after. */
const values = () => Float32Array.of(9, 1, 2, 3, 0, 4, 5, 6, 0, 8);

function shown(right: number, down: number, invert = false): number[] {
  const v = values();
  showView(v, 1, SIZE, { right, down, invert });
  return [...v];
}

test('moved by a pixel, edges repeated; padding and neighbours stay', () => {
  expect(shown(0, 0)).toEqual([...values()]);
  expect(shown(1, 0)).toEqual([9, 1, 1, 2, 0, 4, 4, 5, 0, 8]);
  expect(shown(-1, 0)).toEqual([9, 2, 3, 3, 0, 5, 6, 6, 0, 8]);
  expect(shown(0, 1)).toEqual([9, 1, 2, 3, 0, 1, 2, 3, 0, 8]);
  expect(shown(-1, -1)).toEqual([9, 5, 6, 6, 0, 5, 6, 6, 0, 8]);
});

test('inverted: the sign changes, of the picture alone', () => {
  expect(shown(0, 0, true)).toEqual([9, -1, -2, -3, 0, -4, -5, -6, 0, 8]);
  expect(shown(1, 0, true)).toEqual([9, -1, -1, -2, 0, -4, -4, -5, 0, 8]);
});

test('the first of the views, each another, the first as it is', () => {
  const standard = { kind: 'standard' } as const;
  for (const n of [1, 2, 3, 4]) expect(viewsTaken(n, standard)).toEqual(VIEWS.slice(0, n));
  expect(VIEWS[0]).toEqual({ right: 0, down: 0, invert: false });
  expect(new Set(VIEWS.map((v) => JSON.stringify(v))).size).toBe(4);
  expect(viewsTaken(1, { kind: 'unit' })).toHaveLength(1);
});

test('errors', () => {
  for (const n of [0, 5, 1.5, Number.NaN])
    expect(() => viewsTaken(n, { kind: 'standard' })).toThrow(`views must be a whole number from 1 to 4, got ${n}`);
  expect(() => viewsTaken(2, { kind: 'unit' })).toThrow(
    'views: several are for models whose inputs are normalised to mean 0',
  );
});

test('the mean of logits', () => {
  expect([...meanLogits([Float32Array.of(1, -2), Float32Array.of(3, 4)])]).toEqual([2, 1]);
  expect([...meanLogits([Float32Array.of(1, -2)])]).toEqual([1, -2]);
});
