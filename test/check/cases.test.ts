/** The table of cases itself: deterministic, float32-representable, and with tolerances that would notice a mistake. */
import { describe, expect, test } from 'vitest';
import { CASES, casesOf, expected, makeInputs, OP_CHECKS, opCheck } from '../../src/check/cases/index.ts';
import { maxAbs } from '../../src/check/reference/index.ts';

const quick = CASES.filter((c) => c.quick);

test('names are unique within an op, and each op has at least three cases, one of them quick', () => {
  const ids = CASES.map((c) => `${c.op}/${c.name}`);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { op } of OP_CHECKS) {
    expect(casesOf(op).length, op).toBeGreaterThanOrEqual(3);
    expect(casesOf(op, { quick: true }).length, op).toBeGreaterThanOrEqual(1);
  }
});

test('the same case gives the same float32 values', () => {
  for (const c of quick) {
    const first = makeInputs(c);
    const second = makeInputs(c);
    for (const [name, { data }] of Object.entries(first)) {
      expect(second[name].data, `${c.op}/${c.name}/${name}`).toEqual(data);
      for (const value of data)
        if (Math.fround(value) !== value) throw new Error(`${c.op}/${c.name}/${name}: ${value}`);
    }
  }
});

test('inputs do not change from release to release', () => {
  const inputs = makeInputs(casesOf('matmul')[1]);
  expect(Array.from(inputs.a.data.slice(0, 3))).toMatchInlineSnapshot(`
    [
      -0.45876532793045044,
      -0.10216152667999268,
      0.6112397909164429,
    ]
  `);
});

describe('tolerances', () => {
  test.each(quick)('$op/$name', (c) => {
    const { outputs, grads, tol } = expected(c, makeInputs(c));
    for (const [name, value] of Object.entries({ ...outputs, ...grads })) {
      const { atol, rtol } = tol[name];
      expect(atol, name).toBeGreaterThanOrEqual(0);
      expect(rtol, name).toBeLessThan(1e-3);
      const finite = value.data.filter(Number.isFinite);
      const most = maxAbs({ shape: [finite.length], data: finite });
      // Below 1e-3 of the largest value, any wrong index, lost term or wrong constant shows.
      if (c.hard !== true && most > 0)
        expect(atol, `${name} (largest value ${most})`).toBeLessThan(1e-3 * Math.max(most, 0.02));
    }
  });
});

test('an unknown op is an error', () => {
  expect(() => opCheck('nonesuch')).toThrow(RangeError);
});
