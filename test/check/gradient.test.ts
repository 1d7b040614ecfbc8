/** The oracle's analytic gradients against central differences of the oracle itself, every op and every smooth case. */
import { describe, expect, test } from 'vitest';
import { expected, makeInputs, OP_CHECKS, projectedLoss } from '../../src/check/cases/index.ts';
import { numericGradient, projectedCheck } from '../../src/check/gradient.ts';
import { ndarray } from '../../src/check/reference/index.ts';

describe.each(OP_CHECKS.filter((check) => check.backward !== undefined))('$op', (check) => {
  const smooth = check.cases.filter((c) => c.quick && c.kink !== true);
  test.each(smooth)('$name', (c) => {
    const inputs = makeInputs(c);
    const { grads, cotangents } = expected(c, inputs);
    const byInput = Object.fromEntries(Object.entries(grads).map(([name, grad]) => [name.slice(1), grad]));
    for (const name of Object.keys(byInput)) expect(byInput[name].shape, name).toEqual(inputs[name].shape);
    const results = projectedCheck((moved) => projectedLoss(c, moved, cotangents), inputs, byInput);
    for (const result of results) expect(result.error, JSON.stringify(result)).toBeLessThan(2e-6);
  });
});

test('numericGradient finds the gradient of x0^2 x1 + sin x2', () => {
  const x = ndarray([3], [1.5, -2, 0.3]);
  const g = numericGradient(({ data: [a, b, c] }) => a * a * b + Math.sin(c), x);
  expect(g.data[0]).toBeCloseTo(2 * 1.5 * -2, 8);
  expect(g.data[1]).toBeCloseTo(1.5 ** 2, 8);
  expect(g.data[2]).toBeCloseTo(Math.cos(0.3), 8);
});

test('projectedCheck sees one wrong element in a hundred', () => {
  const x = ndarray(
    [100],
    Array.from({ length: 100 }, (_, i) => Math.sin(i)),
  );
  const right = ndarray(
    [100],
    x.data.map((value) => 3 * value * value),
  );
  const wrong = ndarray([100], right.data);
  wrong.data[17] *= 1.001;
  const f = (inputs: Readonly<Record<string, typeof x>>) => inputs.x.data.reduce((sum, value) => sum + value ** 3, 0);
  expect(Math.max(...projectedCheck(f, { x }, { x: right }).map((r) => r.error))).toBeLessThan(1e-6);
  expect(Math.max(...projectedCheck(f, { x }, { x: wrong }).map((r) => r.error))).toBeGreaterThan(1e-6);
});
