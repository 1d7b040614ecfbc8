/**
 * Finite differences for checking analytic gradients, in float64 (float32 differences are good to 1e-4 at best, see DESIGN.md).
 */
import { random } from './random.ts';
import { dot, map, type NdArray, ndarray } from './reference/ndarray.ts';

/** The whole gradient by central differences: (f(x + h e_i) - f(x - h e_i)) / 2h for each element. For small arrays. */
export function numericGradient(f: (x: NdArray) => number, x: NdArray, h = 1e-5): NdArray {
  const gradient = ndarray(x.shape);
  const moved = ndarray(x.shape, x.data);
  for (let i = 0; i < x.data.length; i++) {
    moved.data[i] = x.data[i] + h;
    const above = f(moved);
    moved.data[i] = x.data[i] - h;
    const below = f(moved);
    moved.data[i] = x.data[i];
    gradient.data[i] = (above - below) / (2 * h);
  }
  return gradient;
}

export interface ProjectedCheck {
  /** Which input moved. */
  readonly input: string;
  /** (f(x + h v) - f(x - h v)) / 2h and <gradient, v> for the random direction v. */
  readonly numeric: number;
  readonly analytic: number;
  /** |numeric - analytic| over the larger of sqrt(sum (g_i v_i)^2) and the rounding floor: the projection's own natural size. */
  readonly error: number;
}

export interface ProjectedCheckOptions {
  readonly seed?: number;
  readonly h?: number;
  /** Random directions for each input. */
  readonly directions?: number;
}

/**
 * Projects each input's gradient on random directions and compares with the directional difference quotient (as JAX's check_vjp
 * does): two evaluations a direction whatever the size. One input moves at a time, so that a small gradient is not hidden by a big one.
 */
export function projectedCheck(
  f: (inputs: Readonly<Record<string, NdArray>>) => number,
  inputs: Readonly<Record<string, NdArray>>,
  gradients: Readonly<Record<string, NdArray>>,
  { seed = 1, h = 1e-5, directions = 2 }: ProjectedCheckOptions = {},
): ProjectedCheck[] {
  const rng = random(seed);
  const results: ProjectedCheck[] = [];
  for (const [input, gradient] of Object.entries(gradients)) {
    const x = inputs[input];
    for (let d = 0; d < directions; d++) {
      const v = map(x, () => rng.normal());
      const moved = (by: number) => f({ ...inputs, [input]: map(x, (value, i) => value + by * v.data[i]) });
      const above = moved(h);
      const below = moved(-h);
      const numeric = (above - below) / (2 * h);
      const analytic = dot(gradient, v);
      const terms = map(gradient, (g, i) => g * v.data[i]);
      // Rounding in f moves the quotient by about eps |f| / h; nothing below that can be seen.
      const floor = (1e6 * 2 ** -53 * (Math.abs(above) + Math.abs(below))) / h;
      const size = Math.max(Math.sqrt(dot(terms, terms)), floor, 1e-6);
      results.push({ input, numeric, analytic, error: Math.abs(numeric - analytic) / size });
    }
  }
  return results;
}
