import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropout, dropoutGivenMask } from '../../src/autograd/ops/stochastic.ts';
import { backward } from '../../src/autograd/tape.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(casesOf('dropout'))('dropout_mask $name', (c) => checkCase(device, c));

const N = 200_000;

async function draw(p: number, seed: number, at: number): Promise<Float32Array> {
  const x = Tensor.from(device, new Float32Array(N).fill(1));
  const step = Tensor.from(device, Uint32Array.of(at));
  return (await dropout(x, { p, seed, step }).read()) as Float32Array;
}

function share(of: (i: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < N; i++) if (of(i)) count++;
  return count / N;
}

/** Five standard deviations of a share of N independent draws. */
const within = (p: number) => 5 * Math.sqrt((p * (1 - p)) / N);

test.each([0.1, 0.35, 0.9])('p = %d drops that share and scales the rest', async (p) => {
  const y = await draw(p, 1, 0);
  expect(Math.abs(share((i) => y[i] > 0) - (1 - p))).toBeLessThan(within(p));
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
});

test('seed and step fix the mask; other seeds, steps and neighbours are independent', async () => {
  const p = 0.3;
  const first = await draw(p, 1, 7);
  expect(await draw(p, 1, 7)).toEqual(first);
  const keep = 1 - p;
  for (const other of [await draw(p, 1, 8), await draw(p, 2, 7), await draw(p, 1, 6), await draw(p, 8, 1)])
    expect(Math.abs(share((i) => first[i] > 0 && other[i] > 0) - keep * keep)).toBeLessThan(within(keep * keep));
  for (const lag of [1, 2, 64, 256])
    expect(Math.abs(share((i) => first[i] > 0 && first[(i + lag) % N] > 0) - keep * keep)).toBeLessThan(
      within(keep * keep),
    );
});

test('the mask is the same on every adapter', async () => {
  // Integers only: computed again here from the formula of shaders/lib/hash.wgsl.
  const mix = (v: number): number => {
    let h = v >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b) >>> 0;
    return (h ^ (h >>> 16)) >>> 0;
  };
  const key = mix((mix((5 + 0x9e3779b9) >>> 0) ^ 3) >>> 0);
  const bits = (i: number) => mix((mix((i ^ key) >>> 0) + (key >>> 7) + 0x85ebca6b) >>> 0);
  const y = await draw(0.4, 5, 3);
  for (let i = 0; i < 1000; i++) expect(y[i] > 0, `element ${i}`).toBe(bits(i) >= Math.round(0.4 * 2 ** 32));
});

test('backward drops what forward dropped; p = 0 is the identity, p = 1 gives zeros', async () => {
  const step = Tensor.from(device, Uint32Array.of(2));
  for (const p of [0, 0.5, 1]) {
    const x = Tensor.from(device, new Float32Array(1000).fill(1), [1000], { requiresGrad: true });
    const [y, dx] = await device.step(() => {
      const out = dropout(x, { p, seed: 3, step });
      backward(out, Tensor.from(device, new Float32Array(1000).fill(1)));
      return [out, x.grad];
    });
    const values = await y?.read();
    expect(await dx?.read()).toEqual(values);
    if (p !== 0.5) expect(new Set(values)).toEqual(new Set([1 - p]));
  }
});

test('a recorded step draws anew when its counter moves, and the same when it does not', async () => {
  const x = Tensor.from(device, new Float32Array(1000).fill(1));
  const step = Tensor.from(device, Uint32Array.of(0));
  const replay = await device.record(() => dropout(x, { p: 0.5, seed: 9, step }));
  const at = async (n: number) => {
    step.write(Uint32Array.of(n));
    await replay.run();
    return replay.value.read();
  };
  const zero = await at(0);
  expect(await at(1)).not.toEqual(zero);
  expect(await at(0)).toEqual(zero);
  replay.dispose();
});

test('wrong arguments are named', () => {
  const x = Tensor.zeros(device, [4]);
  const step = Tensor.from(device, Uint32Array.of(0));
  expect(() => dropout(x, { p: 1.5, seed: 0, step })).toThrow('dropout: p must be from 0 to 1, got 1.5');
  expect(() => dropout(x, { p: 0.5, seed: 0, step: x })).toThrow('dropout: step must be u32, got f32');
  const two = Tensor.from(device, Uint32Array.of(0, 0));
  expect(() => dropout(x, { p: 0.5, seed: 0, step: two })).toThrow('dropout: step must hold one counter, got [2]');
  expect(() => dropoutGivenMask(x, Tensor.zeros(device, [3]), 0.5)).toThrow(
    'dropout_given_mask: mask must be [4] like x, got [3]',
  );
  expect(() => dropoutGivenMask(x, x, -1)).toThrow('dropout_given_mask: p must be from 0 to 1, got -1');
});
