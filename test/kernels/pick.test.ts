import { afterAll, beforeAll, expect, test } from 'vitest';
import { crossEntropy, mseLoss } from '../../src/autograd/ops/losses.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { casesOf } from '../../src/check/cases/index.ts';
import { Device } from '../../src/gpu/index.ts';
import { checkCase } from './elementary.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

test.each(['cross_entropy', 'mse_loss'].flatMap((op) => casesOf(op)))('$op $name', (c) => checkCase(device, c));

test('a class outside of the row counts as zero loss', async () => {
  const logits = Tensor.from(device, [0, 0, 0, 0], [2, 2]);
  expect(await crossEntropy(logits, Tensor.from(device, Int32Array.of(1, 2))).item()).toBeCloseTo(Math.LN2 / 2, 6);
});

test('wrong targets are named', () => {
  const logits = Tensor.zeros(device, [2, 3]);
  expect(() => crossEntropy(logits, Tensor.from(device, Int32Array.of(1)))).toThrow(
    'cross_entropy: target must be [2] for logits [2, 3], got [1]',
  );
  expect(() => crossEntropy(logits, Tensor.zeros(device, [2]))).toThrow('nll: target must be i32, got f32');
  expect(() => mseLoss(logits, Tensor.zeros(device, [3, 2]))).toThrow(
    'mse_loss: target must be [2, 3] like x, got [3, 2]',
  );
});
