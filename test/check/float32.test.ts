/**
 * The tolerances are attainable: the oracle itself, run with float32 arrays (every accumulator that lives in an array then rounds
 * at every addition, in plain sequential order), stays within them. It is the least favourable order there is, so a kernel has no excuse.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { CASES, expected, makeInputs, opCheck } from '../../src/check/cases/index.ts';
import { compare } from '../../src/check/compare.ts';
import { map, type NdArray } from '../../src/check/reference/index.ts';

const double = globalThis.Float64Array;

afterEach(() => {
  globalThis.Float64Array = double;
});

/** Every `new Float64Array` of the oracle makes float32 storage until `afterEach`. */
function roundEverything(): void {
  globalThis.Float64Array = Float32Array as unknown as typeof Float64Array;
}

describe.each(CASES.filter((c) => c.quick))('$op/$name', (c) => {
  test('float32 is within the tolerance', () => {
    const inputs = makeInputs(c);
    const want = expected(c, inputs);
    roundEverything();
    const copy = (tensors: Readonly<Record<string, NdArray>>) =>
      Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, map(x, (v) => v)]));
    const check = opCheck(c.op);
    const got = {
      ...check.forward(c, copy(inputs)),
      ...check.backward?.(c, copy(inputs), copy(want.cotangents)),
    };
    for (const [name, ref] of Object.entries({ ...want.outputs, ...want.grads })) {
      const result = compare(got[name].data, ref.data, want.tol[name]);
      expect(result.ok, `${name}: ${JSON.stringify({ ...result, ...want.tol[name] })}`).toBe(true);
    }
  });
});
