import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Tensor } from '../../src/autograd/tensor.ts';
import { Device } from '../../src/gpu/index.ts';
import { radamRate, rectification } from '../../src/train/hyper.ts';
import { Adam, AdamW, type Optimizer, RAdam, SGD } from '../../src/train/optimizers.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const param = (values: number[], name: string) => Tensor.from(device, values, undefined, { requiresGrad: true, name });

/** A step whose gradient is a fixed function of the step number. */
async function move(optimizer: Optimizer, params: Tensor[], step: number, lr?: number): Promise<void> {
  optimizer.prepareStep(lr);
  await device.step(() => {
    for (const p of params)
      p.grad = Tensor.from(
        device,
        Float32Array.from({ length: p.size }, (_, i) => Math.sin(i + 3 * step)),
      );
    optimizer.step();
  });
}

const values = async (params: Tensor[]) => (await Promise.all(params.map((p) => p.read()))).map((a) => [...a]);

describe.each([
  ['Adam', (p: Tensor[]) => new Adam(device, p, { weightDecay: 0.1 })],
  ['AdamW', (p: Tensor[]) => new AdamW(device, p, { clipNorm: 0.5 })],
  ['RAdam', (p: Tensor[]) => new RAdam(device, p, { dialect: 'keras', weightDecay: 0.1 })],
  ['SGD', (p: Tensor[]) => new SGD(device, p, { momentum: 0.9, nesterov: true })],
] as const)('%s', (_, make) => {
  test('a resume from the saved state goes on bit for bit', async () => {
    const start = () => [param([1, -2, 3], 'w'), param(Array(70).fill(0.5), 'b')];
    const a = start();
    const first = make(a);
    for (let i = 0; i < 7; i++) await move(first, a, i);
    const state = await first.state();
    const b = (await values(a)).map((v, i) => param(v, a[i].name ?? ''));
    const second = make(b);
    second.load(state);
    for (let i = 7; i < 10; i++) {
      await move(first, a, i);
      await move(second, b, i);
    }
    expect(await values(b)).toEqual(await values(a));
    expect(second.stepCount).toBe(10);
    for (const o of [first, second]) o.dispose();
    for (const p of [...a, ...b]) p.dispose();
  });

  test('a recorded step replays with the rate of each step', async () => {
    const a = [param([1, 2, 3, 4], 'w')];
    const b = [param([1, 2, 3, 4], 'w')];
    const gradient = Float32Array.of(0.1, -0.2, 0.3, -0.4);
    const [live, played] = [make(a), make(b)];
    if (b[0].gradTarget) device.write(b[0].gradTarget, gradient);
    played.prepareStep(0);
    const recorded = await device.record(() => played.step());
    played.load({ ...(await played.state()), step: [0] });
    for (const lr of [0.01, 0.02, 0.005]) {
      played.prepareStep(lr);
      await recorded.run();
      live.prepareStep(lr);
      await device.step(() => {
        a[0].grad = Tensor.from(device, gradient);
        live.step();
      });
    }
    expect(await values(b)).toEqual(await values(a));
    recorded.dispose();
    for (const o of [live, played]) o.dispose();
    for (const p of [...a, ...b]) p.dispose();
  });
});

test('weight decay leaves out what the mask leaves out', async () => {
  const [w, b] = [param([1, 1], 'w'), param([1], 'b')];
  const optimizer = new AdamW(device, [w, b], { lr: 0.1, weightDecay: 0.5, decays: (p) => p.name !== 'b' });
  optimizer.prepareStep();
  await device.step(() => optimizer.step());
  expect((await w.read())[0]).toBeCloseTo(0.95, 6);
  expect((await b.read())[0]).toBe(1);
  optimizer.dispose();
  // Parameters outlive their optimiser.
  expect((await w.read())[1]).toBeCloseTo(0.95, 6);
  for (const p of [w, b]) p.dispose();
});

test('a step with a gradient that is not finite is skipped where the norm is watched', async () => {
  const w = param([1, 2], 'w');
  const optimizer = new Adam(device, [w], { clipNorm: 1 });
  optimizer.prepareStep();
  await device.step(() => {
    w.grad = Tensor.from(device, [1, Number.NaN]);
    optimizer.step();
  });
  expect([...(await w.read())]).toEqual([1, 2]);
  expect([...(await device.read(optimizer.clip))]).toEqual([-1, -1]);
  optimizer.dispose();
  w.dispose();
});

test('no memory is left behind, and a second step allocates nothing', async () => {
  const before = device.memory().liveBytes;
  const w = param([1, 2], 'w');
  const optimizer = new SGD(device, [w], { clipNorm: 1 });
  await move(optimizer, [w], 0);
  const { created } = device.memory();
  await move(optimizer, [w], 1);
  expect(device.memory().created).toBe(created);
  optimizer.dispose();
  w.dispose();
  expect(device.memory().liveBytes).toBe(before);
});

test('RAdam rectifies from step 6 at beta2 0.999, in both dialects, and warms up as TF-Addons does', () => {
  for (const dialect of ['torch', 'keras'] as const) {
    expect(rectification(5, 0.999, dialect)).toBeUndefined();
    expect(rectification(6, 0.999, dialect)).toBeGreaterThan(0);
  }
  const options = { lr: 1, totalSteps: 100, minLr: 0.1 };
  expect([5, 10, 55, 100, 200].map((t) => radamRate(t, options))).toEqual(
    [0.5, 1, 0.55, 0.1, 0.1].map((v) => expect.closeTo(v, 12)),
  );
});

describe('errors', () => {
  const cases: [string, () => unknown, string][] = [
    ['none', () => new Adam(device, []), 'optimizer: expected parameters, got none'],
    [
      'rate',
      () => new Adam(device, [param([1], 'w')], { lr: -1 }),
      'optimizer: lr must be finite and not negative, got -1',
    ],
    [
      'frozen',
      () => new SGD(device, [Tensor.from(device, [1], undefined, { name: 'w' })]),
      'optimizer: parameter w must be an f32 leaf that requires a gradient; leave frozen ones out',
    ],
    [
      'betas',
      () => new Adam(device, [param([1], 'w')], { betas: [0.9, 1] }),
      'optimizer: betas must be in [0, 1), got 0.9, 1',
    ],
    [
      'nesterov',
      () => new SGD(device, [param([1], 'w')], { nesterov: true }),
      'optimizer: nesterov needs a momentum above 0 and a dampening of 0',
    ],
    ['order', () => new SGD(device, [param([1], 'w')]).step(), 'optimizer: step() came before prepareStep()'],
    [
      'state',
      () => new Adam(device, [param([1], 'w')]).load({ step: [1], 'w.exp_avg': [1, 2] }),
      'optimizer: state w.exp_avg must hold 1 values, got 2',
    ],
    [
      'step',
      () => device.scoped(() => new SGD(device, [param([1], 'w')])),
      'optimizer: was created inside a step, with which it would end; create it before',
    ],
  ];
  test.each(cases)('%s', (_, call, text) => {
    expect(call).toThrow(text);
  });
});
