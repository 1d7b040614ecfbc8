/** Averages of the weights: what they are, that the trained ones come back, and that a resumed run has the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backward, mseLoss, mul, Tensor } from '../../src/autograd/index.ts';
import { Device } from '../../src/gpu/index.ts';
import {
  Adam,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  freshState,
  judgedWeights,
  runConfig,
  runLoop,
  SGD,
} from '../../src/train/index.ts';
import type { LoopParts } from '../../src/train/loop.ts';

const DECAY = 0.9;
let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

/** A parameter that a loss pulls towards 1, and a way to take a step. */
function problem(start: readonly number[]) {
  const w = Tensor.from(device, [...start], [start.length], { requiresGrad: true });
  w.name = 'w';
  const adam = new Adam(device, [w], { lr: 0.1, average: DECAY });
  const step = async () => {
    adam.prepareStep();
    adam.zeroGrad();
    await device.step(() => {
      const one = Tensor.from(
        device,
        start.map(() => 1),
      );
      backward(mseLoss(mul(w, one), one));
      adam.step();
    });
    return [...(await w.read())];
  };
  const averaged = () => adam.withAverage(async () => [...(await w.read())]);
  return { w, adam, step, averaged };
}

describe('an optimiser with an average', () => {
  test('lends the mean of the weights so far, later ones counting more, and takes it back', async () => {
    const { w, adam, step, averaged } = problem([3, -2, 0.5]);
    expect(await averaged()).toEqual([3, -2, 0.5]);
    const seen: number[][] = [];
    for (let t = 1; t <= 5; t++) {
      seen.push(await step());
      const got = await averaged();
      const weights = seen.map((_, k) => DECAY ** (t - 1 - k));
      const total = weights.reduce((a, b) => a + b, 0);
      got.forEach((v, i) => {
        expect(v).toBeCloseTo(seen.reduce((sum, s, k) => sum + weights[k] * s[i], 0) / total, 5);
      });
      expect([...(await w.read())]).toEqual(seen[t - 1]);
    }
    for (const x of [w, adam]) x.dispose();
  });

  test('the weights come back when the work fails', async () => {
    const { w, adam, step } = problem([2]);
    const own = await step();
    await step();
    const last = await step();
    const failed = adam.withAverage(async () => {
      expect([...(await w.read())]).not.toEqual(last);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect([...(await w.read())]).toEqual(last);
    expect(own).not.toEqual(last);
    for (const x of [w, adam]) x.dispose();
  });

  test('goes on bit for bit from its state', async () => {
    const whole = problem([1.5, -4]);
    for (let t = 0; t < 3; t++) await whole.step();
    const [weights, state] = [[...(await whole.w.read())], await whole.adam.state()];
    for (let t = 0; t < 3; t++) await whole.step();
    const resumed = problem(weights);
    resumed.adam.load(state);
    for (let t = 0; t < 3; t++) await resumed.step();
    expect(await resumed.averaged()).toEqual(await whole.averaged());
    expect([...(await resumed.w.read())]).toEqual([...(await whole.w.read())]);
    for (const p of [whole, resumed]) for (const x of [p.w, p.adam]) x.dispose();
  });

  test('a checkpoint gives the same average', async () => {
    const { w, adam, step, averaged } = problem([1.5, -4]);
    for (let t = 0; t < 4; t++) await step();
    const optimizer = new Map(
      Object.entries(await adam.state()).map(([k, data]) => [k, { shape: [data.length], data }]),
    );
    const taken: Checkpoint = {
      model: new Map([['w', { shape: [2], data: await w.read() }]]),
      optimizer,
      state: freshState(),
      config: { average: { kind: 'ema', decay: DECAY } },
    };
    const back = decodeCheckpoint(encodeCheckpoint(taken), 'c');
    expect([...(judgedWeights(back).get('w')?.data ?? [])]).toEqual(await averaged());
    expect(judgedWeights({ ...back, config: {} }).get('w')).toEqual(back.model.get('w'));
    for (const x of [w, adam]) x.dispose();
  });

  test('a decay that is none is refused', () => {
    const w = Tensor.from(device, [1], [1], { requiresGrad: true });
    expect(() => new SGD(device, [w], { average: 1 })).toThrow('optimizer: average must be above 0 and below 1, got 1');
    w.dispose();
    expect(() => runConfig('word-small', { average: { kind: 'ema', decay: 1 } })).toThrow(
      'config: average must be { kind: ema, decay: a number from 0.5 to below 1 }, got {"kind":"ema","decay":1}',
    );
    expect(runConfig('word-small', { average: { kind: 'ema', decay: 0.999 } }).average?.decay).toBe(0.999);
    expect(runConfig('word-small').average).toBeUndefined();
  });
});

test('validation and the best weights see the weights that are judged, training and checkpoints do not', async () => {
  const events: string[] = [];
  let lent = false;
  const say = (what: string) => events.push(`${what}${lent ? ' lent' : ''}`);
  const parts = {
    device,
    source: { batch: async () => ({ images: new Uint8Array(1), labels: ['A'] }) },
    validation: { set: { images: new Uint8Array(1), labels: ['A'] } },
    trainer: { step: async () => say('step'), readLosses: async () => [1] },
    evaluator: {
      pairs: async () => {
        say('read');
        return [{ text: 'A', label: 'A', confidence: 1, loss: 0 }];
      },
    },
    judged: async (work: () => Promise<unknown>) => {
      lent = true;
      await work();
      lent = false;
    },
  } as unknown as LoopParts;
  await runLoop(
    parts,
    { batch: 1, steps: 2, schedule: () => 1, logEvery: 1, validateEvery: 1, checkpointEvery: 1 },
    {
      onBest: async () => {
        say('best');
      },
      onCheckpoint: async () => {
        say('checkpoint');
      },
    },
  );
  expect(events).toEqual(['step', 'read lent', 'best lent', 'checkpoint', 'step', 'read lent', 'checkpoint']);
});
