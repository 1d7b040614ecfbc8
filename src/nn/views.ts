import { ArgumentError } from '../gpu/index.ts';
import type { InputNormalisation } from './input.ts';

/** A view of a network's input: moved by whole pixels (edges repeated), its greys perhaps inverted. */
export interface View {
  readonly right: number;
  readonly down: number;
  readonly invert: boolean;
}

/**
 * What `views` takes, in this order. Chosen on generated words among some thirty sets of moves, inversions and stretches: see models/README.md.
 * Inputs are normalised to mean 0, so that inverting one is changing its sign.
 */
export const VIEWS: readonly View[] = [
  { right: 0, down: 0, invert: false },
  { right: 0, down: 0, invert: true },
  { right: -1, down: -1, invert: false },
  { right: 1, down: 1, invert: false },
];

/**
 * The first `count` of them.
 * @throws ArgumentError for another number than 1 to 4, or more than one where inputs are not normalised to mean 0
 */
export function viewsTaken(count: number, { kind }: InputNormalisation): readonly View[] {
  if (!Number.isInteger(count) || count < 1 || count > VIEWS.length)
    throw new ArgumentError(`views must be a whole number from 1 to ${VIEWS.length}, got ${count}`);
  if (count > 1 && kind !== 'standard')
    throw new ArgumentError('views: several are for models whose inputs are normalised to mean 0', {
      hint: 'Leave `views` out.',
    });
  return VIEWS.slice(0, count);
}

/**
 * Turns an input into a view of it, in place.
 * @param values rows of `stride` values, `columns` of them the picture's, the first at `from`
 */
export function showView(
  values: Float32Array,
  from: number,
  { stride, columns, height }: { readonly stride: number; readonly columns: number; readonly height: number },
  { right, down, invert }: View,
): void {
  const old = values.slice(from, from + stride * height);
  const within = (i: number, count: number) => Math.max(0, Math.min(count - 1, i));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++) {
      const v = old[within(y - down, height) * stride + within(x - right, columns)];
      values[from + y * stride + x] = invert ? -v : v;
    }
}

/** The mean of several views' logits: after softmax the geometric mean of their probabilities. */
export function meanLogits(views: readonly Float32Array[]): Float32Array {
  return views[0].map((_, i) => views.reduce((sum, v) => sum + v[i], 0) / views.length);
}
