import { ArgumentError, type Device, GradientError, showShape } from '../gpu/index.ts';
import { backward, noGrad } from './tape.ts';
import { Tensor } from './tensor.ts';

export interface GradcheckOptions {
  /** Step of the difference quotient along directions of N(0, 1) values. Default 1e-2. */
  readonly h?: number;
  /** Largest error allowed, as a share of the gradient's norm. Default 1e-2. */
  readonly tolerance?: number;
  /** Random directions for each input. Default 3. */
  readonly directions?: number;
  /** Default 1. The same seed draws the same directions and cotangents. */
  readonly seed?: number;
}

/** What one direction showed. */
export interface GradcheckResult {
  /** Position of the input that moved, and its name where it has one. */
  readonly input: number;
  readonly name?: string;
  /** (f(x + h v) - f(x - h v)) / 2h */
  readonly numeric: number;
  /** The gradient projected on v. */
  readonly analytic: number;
  /** |numeric - analytic| over the norm of the gradient's projection terms: at most the tolerance when right. */
  readonly error: number;
}

/** splitmix32 to roughly normal values: four uniforms added. */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}

/**
 * Checks the gradient that backward computes on the device against central differences of the same function on the same
 * device, along random directions: (f(x + h v) - f(x - h v)) / 2h against <gradient, v>, one input at a time.
 *
 * Float32 differences are good to about 1e-4 of the largest gradient at h = 1e-2, and curvature adds its own h^2: the default tolerance of
 * 1e-2 finds a wrong sign, a lost factor or a term that is missing, not a last digit. A function with kinks (ReLU, max) is
 * checked well only where none lies within h of x. Outputs of any shape count with random cotangents, so that
 * errors do not cancel. The function must give the same values for the same inputs: seed its dropout.
 *
 * @param f synchronous, of ops alone; called once to differentiate and twice a direction.
 * @param inputs the tensors that may move; f32, left as they were.
 * @returns what each direction showed, all within the tolerance.
 * @throws GradientError naming the input and both values where one is not; ArgumentError on inputs that are not f32.
 * @example await gradcheck(device, ([x, w]) => tanh(matmul(x, w)), [x, w]);
 */
export async function gradcheck(
  device: Device,
  f: (inputs: readonly Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<GradcheckResult[]> {
  const results = await gradcheckResults(device, f, inputs, options);
  const { tolerance = 1e-2 } = options;
  const bad = results.find((r) => !(r.error <= tolerance));
  if (!bad) return results;
  const which = bad.name ?? `input ${bad.input} ${showShape(inputs[bad.input].shape)}`;
  throw new GradientError(
    `gradcheck: the gradient of ${which} is wrong: along a random direction the difference quotient is ${bad.numeric.toPrecision(5)}, the gradient gives ${bad.analytic.toPrecision(5)} (${bad.error.toPrecision(2)} of its size, ${tolerance} allowed)`,
    { hint: 'Check the backward of each op on the way; at a kink (ReLU, max) move the inputs or use a smaller h.' },
  );
}

/** As `gradcheck`, without judging. @throws ArgumentError on inputs that are not f32. */
export async function gradcheckResults(
  device: Device,
  f: (inputs: readonly Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  { h = 1e-2, directions = 3, seed = 1 }: GradcheckOptions = {},
): Promise<GradcheckResult[]> {
  inputs.forEach((x, i) => {
    if (x.dtype !== 'f32') throw new ArgumentError(`gradcheck: input ${i} must be f32, got ${x.dtype}`);
  });
  const next = normals(seed);
  const draw = (n: number) => Float32Array.from({ length: n }, next);
  const at: Float32Array[] = [];
  for (const x of inputs) at.push((await x.read()) as Float32Array);
  const listOf = (y: Tensor | readonly Tensor[]): readonly Tensor[] => (y instanceof Tensor ? [y] : y);

  let cotangents: Float32Array[] = [];
  const grads = await device.step(() => {
    const own = inputs.map((x, i) => Tensor.from(device, at[i], x.shape, { requiresGrad: true, name: x.name }));
    const outputs = listOf(f(own));
    cotangents = outputs.map((y) => draw(y.size));
    const roots = outputs
      .map((y, i) => ({ y, seed: Tensor.from(device, cotangents[i], y.shape) }))
      .filter((r) => r.y.requiresGrad);
    if (roots.length === 0) throw new GradientError('gradcheck: no output of the function depends on its inputs');
    backward(
      roots.map((r) => r.y),
      roots.map((r) => r.seed),
    );
    // An input that nothing depends on has the gradient zero.
    return own.map((x) => x.grad ?? Tensor.zeros(device, x.shape));
  });
  const gradients: Float32Array[] = [];
  for (const g of grads) {
    gradients.push((await g.read()) as Float32Array);
    g.dispose();
  }

  /** Sum over outputs of output * cotangent, added up in float64, and the size of its terms. */
  const evaluate = async (moved: number, values: Float32Array): Promise<{ total: number; terms: number }> => {
    const outputs = await device.step(() =>
      noGrad(() => [...listOf(f(inputs.map((x, i) => Tensor.from(device, i === moved ? values : at[i], x.shape))))]),
    );
    let total = 0;
    let squares = 0;
    for (const [k, y] of outputs.entries()) {
      const data = await y.read();
      for (let i = 0; i < data.length; i++) {
        const term = data[i] * cotangents[k][i];
        total += term;
        squares += term * term;
      }
      y.dispose();
    }
    return { total, terms: Math.sqrt(squares) };
  };

  const results: GradcheckResult[] = [];
  for (const [i, x] of inputs.entries()) {
    if (x.size === 0) continue;
    for (let d = 0; d < directions; d++) {
      const v = draw(x.size);
      // What the float32 inputs really moved by, not what was asked for.
      const above = at[i].map((value, k) => value + h * v[k]);
      const below = at[i].map((value, k) => value - h * v[k]);
      const [high, low] = [await evaluate(i, above), await evaluate(i, below)];
      const numeric = (high.total - low.total) / (2 * h);
      let analytic = 0;
      let size = 0;
      for (let k = 0; k < v.length; k++) {
        const step = (above[k] - below[k]) / (2 * h);
        analytic += gradients[i][k] * step;
        size += (gradients[i][k] * step) ** 2;
      }
      // The outputs' own rounding moves the quotient by about 2^-24 of their size over h: no smaller gradient can be seen.
      const floor = (100 * 2 ** -24 * (high.terms + low.terms)) / h;
      const scale = Math.max(Math.sqrt(size), floor, Number.MIN_VALUE);
      results.push({ input: i, name: x.name, numeric, analytic, error: Math.abs(numeric - analytic) / scale });
    }
  }
  return results;
}
