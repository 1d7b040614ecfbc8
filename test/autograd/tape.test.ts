import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  argmax,
  backward,
  dropout,
  matmul,
  max,
  mul,
  noGrad,
  reshape,
  square,
  sum,
  Tensor,
} from '../../src/autograd/index.ts';
import { Device, DeviceArray } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const leaf = (...v: number[]) => Tensor.from(device, v, [v.length], { requiresGrad: true });
const grad = async (t: Tensor) => [...((await t.grad?.read()) ?? [])];

describe('backward', () => {
  test('a second backward adds to the gradient, also where ops hand their cotangent through', async () => {
    const a = leaf(1, 2, 3, 4);
    const dy = DeviceArray.from(device, Float32Array.of(1, 2, 3, 4), [2, 2]);
    const y = reshape(a, [2, 2]);
    backward(y, dy);
    expect(await grad(a)).toEqual([1, 2, 3, 4]);
    backward(reshape(a, [2, 2]), dy);
    expect(await grad(a)).toEqual([2, 4, 6, 8]);
    expect([...(await device.read(dy))]).toEqual([1, 2, 3, 4]);
  });

  test('ops that hand their gradient on as it is, in the middle of a graph', async () => {
    const a = leaf(1, 2, 3);
    backward(sum(square(reshape(square(a), [3]))));
    expect(await grad(a)).toEqual([4, 32, 108]);
    const b = leaf(1, 2, 3);
    const step = Tensor.zeros(device, [1], { dtype: 'u32' });
    backward(sum(square(dropout(square(b), { p: 0, seed: 1, step }))));
    expect(await grad(b)).toEqual([4, 32, 108]);
  });

  test('a part of the graph that has given its gradient is refused, before anything is added', async () => {
    const a = leaf(1, 5, 2);
    const top = max(square(a));
    backward(sum(mul(top, top)));
    const before = await grad(a);
    expect(() => backward(sum(top))).toThrow('backward has already run through this part of the graph');
    expect(await grad(a)).toEqual(before);
  });

  test('an empty batch broadcast over a matrix gives it a gradient of zeros', async () => {
    const a = Tensor.from(device, new Float32Array(0), [0, 2, 1, 2], { requiresGrad: true });
    const b = Tensor.from(device, [1, 2, 3, 4], [2, 2], { requiresGrad: true });
    backward(sum(matmul(a, b)));
    expect(await grad(b)).toEqual([0, 0, 0, 0]);
  });

  test('a leaf with a target is written there, and a second backward before the target is used adds to it', async () => {
    const a = leaf(3, 4);
    a.gradTarget = DeviceArray.zeros(device, [2]);
    backward(sum(mul(a, a)));
    expect([...(await device.read(a.gradTarget))]).toEqual([6, 8]);
    backward(sum(mul(a, a)));
    expect([...(await device.read(a.gradTarget))]).toEqual([12, 16]);
  });

  test('in a step the gradient ends with it, and the next step starts anew', async () => {
    const a = leaf(1, 2);
    for (let i = 0; i < 2; i++) {
      const g = await device.step(() => {
        backward(sum(mul(a, a)));
        return a.grad;
      });
      expect([...((await g?.read()) ?? [])]).toEqual([2, 4]);
      g?.dispose();
      expect(a.grad).toBeUndefined();
    }
  });

  test('a tensor used twice gets the sum of both ways', async () => {
    const a = leaf(2);
    backward(sum(mul(mul(a, a), a)));
    expect(await grad(a)).toEqual([12]);
  });

  test('what it cannot do is said', () => {
    const a = leaf(1, 2);
    expect(() => backward(a)).toThrow('backward: a loss must be a scalar, got shape [2]');
    expect(() => backward(a, DeviceArray.zeros(device, [3]))).toThrow(
      'backward: the cotangent must be [2] like its tensor, got [3]',
    );
    expect(() => backward(noGrad(() => sum(a)))).toThrow('does not depend on anything that requires a gradient');
    expect(() => backward(sum(mul(a, a).detach()))).toThrow('does not depend on anything that requires a gradient');
    expect(() => sum(argmax(a))).toThrow('must be f32');
  });
});
