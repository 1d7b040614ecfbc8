import { afterAll, beforeAll, expect, test } from 'vitest';
import { conv2d } from '../../src/autograd/ops/conv2d.ts';
import { batchnorm2d, foldBatchNorm } from '../../src/autograd/ops/norm.ts';
import { Tensor } from '../../src/autograd/tensor.ts';
import { compare } from '../../src/check/compare.ts';
import { random } from '../../src/check/random.ts';
import { Device } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const draw = (n: number, seed: number) => {
  const r = random(seed);
  return Float32Array.from({ length: n }, () => r.normal());
};

test.each([true, false])('weight and bias of the merged layer, bias %s', async (withBias) => {
  const [out, depth, eps] = [5, 27, 1e-3];
  const [w, b, gamma, beta, mean] = [135, 5, 5, 5, 5].map((n, i) => draw(n, i));
  const variance = draw(5, 9).map((v) => v * v);
  const t = (data: Float32Array, shape = [out]) => Tensor.from(device, data, shape);
  const got = await device.step(() =>
    foldBatchNorm(t(w, [out, 3, 3, 3]), withBias ? t(b) : undefined, t(gamma), t(beta), t(mean), t(variance), eps),
  );
  const scale = (o: number) => gamma[o] / Math.sqrt(variance[o] + eps);
  const close = { atol: 2e-6, rtol: 2e-6 };
  expect(got.weight.shape).toEqual([out, 3, 3, 3]);
  const weight = Array.from(w, (v, i) => v * scale(Math.floor(i / depth)));
  expect(compare(await got.weight.read(), weight, close)).toMatchObject({ ok: true });
  const bias = Array.from(beta, (v, o) => ((withBias ? b[o] : 0) - mean[o]) * scale(o) + v);
  expect(compare(await got.bias.read(), bias, close)).toMatchObject({ ok: true });
  got.weight.dispose();
  got.bias.dispose();
});

test('a convolution with folded weights gives what convolution and normalisation give', async () => {
  const [plain, folded] = await device.step(() => {
    const t = (n: number, seed: number, shape = [n]) => Tensor.from(device, draw(n, seed), shape);
    const x = t(240, 1, [2, 3, 5, 8]);
    const w = t(108, 2, [4, 3, 3, 3]);
    const [gamma, beta, runningMean] = [t(4, 3), t(4, 4), t(4, 5)];
    const runningVar = Tensor.from(device, [0.5, 1, 2, 3]);
    const f = foldBatchNorm(w, undefined, gamma, beta, runningMean, runningVar);
    return [
      batchnorm2d(conv2d(x, w), gamma, beta, { runningMean, runningVar, training: false, relu: true }),
      conv2d(x, f.weight, f.bias, { relu: true }),
    ];
  });
  expect(compare(await folded.read(), await plain.read(), { atol: 2e-5, rtol: 1e-5 })).toMatchObject({ ok: true });
  plain.dispose();
  folded.dispose();
});

test('errors', () => {
  const zeros = (...shape: number[]) => Tensor.zeros(device, shape);
  const fold = (w: Tensor, gamma: Tensor, eps?: number) =>
    foldBatchNorm(w, undefined, gamma, zeros(4), zeros(4), zeros(4), eps);
  const cases: [() => unknown, string][] = [
    [() => fold(zeros(4, 0), zeros(4)), 'fold_batchnorm: weight must be [O, ...] with values in it, got [4, 0]'],
    [() => fold(zeros(4, 2), zeros(3)), 'fold_batchnorm: gamma must be [4] for weight [4, 2], got [3]'],
    [() => fold(zeros(4, 2), zeros(4), 0), 'fold_batchnorm: eps must be above 0, got 0'],
  ];
  for (const [call, message] of cases) expect(call).toThrow(message);
});
