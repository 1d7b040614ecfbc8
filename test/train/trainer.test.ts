import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Device, NonFiniteError } from '../../src/gpu/index.ts';
import { Random } from '../../src/nn/index.ts';
import {
  createSession,
  freshState,
  interval95,
  type LoopState,
  runConfig,
  runLoop,
  type Session,
  schedule,
  scores,
} from '../../src/train/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

const batch = 2;
const size = { height: 32, width: 128 };

/** Noise with a label each: enough to run a step. */
function noiseOf(seed: number, labels: string[], width: number) {
  const random = new Random(seed);
  const images = Uint8Array.from({ length: labels.length * size.height * width }, () => random.below(256));
  return { images, labels };
}

const noise = (seed: number, labels = ['HELLO', 'AAB']) => noiseOf(seed, labels, size.width);

function session(changes: Parameters<typeof runConfig>[1] = {}): Session {
  return createSession(device, runConfig('word-small', { batch, steps: 20, ...changes }));
}

describe('a training step', () => {
  test('one LSTM dispatch forward and one backward, and after step 2 nothing more is allocated', async () => {
    // A quarter of the width: memory behaves the same, and 200 steps stay affordable on the slowest software adapter.
    const s = session({ width: 32 });
    const noise = (seed: number) => noiseOf(seed, ['ABC', 'AAB'], 32);
    await s.trainer.step(0, noise(0), 1e-3);
    await s.trainer.step(1, noise(1), 1e-3);
    await device.finish();
    const second = device.memory();
    for (let i = 2; i < 200; i++) {
      await s.trainer.step(i, noise(i), 1e-3);
      if (s.trainer.unread === 10) await s.trainer.readLosses(i);
    }
    await device.finish();
    expect(device.memory()).toEqual(second);
    s.dispose();
    // 200 steps take minutes on the slowest software adapter.
  }, 600_000);

  test('the loss of one batch falls', async () => {
    const s = session();
    const one = noise(5);
    for (let i = 0; i < 10; i++) await s.trainer.step(i, one, 2e-3);
    const losses = await s.trainer.readLosses(9);
    expect(losses).toHaveLength(10);
    expect(losses[9]).toBeLessThan(losses[0] / 2);
    s.dispose();
  });

  test.each(['stem.conv.weight', 'rnn.forwardWeights.weightHh', 'head.bias'])(
    'a weight of %s that is no number ends the run with the step, not in silence',
    async (name) => {
      const s = session();
      const weights = await s.model.state();
      const tensor = weights.get(name);
      if (tensor) tensor.data[0] = Number.NaN;
      s.model.load(weights);
      await s.trainer.step(0, noise(5), 1e-3);
      await expect(s.trainer.readLosses(0)).rejects.toThrow(NonFiniteError);
      await expect(s.trainer.readLosses(0)).rejects.toThrow('train: the loss of step 0 is NaN');
      s.dispose();
    },
  );

  test('evaluating between steps changes no loss, and does not depend on which was recorded first', async () => {
    const run = async (evaluateFirst: boolean, evaluateBetween: boolean) => {
      const s = session({ invert: 0 });
      const one = noise(7);
      if (evaluateFirst) await s.evaluator.read(one.images, 2);
      const losses: number[] = [];
      for (let i = 0; i < 4; i++) {
        await s.trainer.step(i, one, 1e-3);
        losses.push(...(await s.trainer.readLosses(i)));
        if (evaluateBetween) await s.evaluator.read(one.images, 2);
      }
      const readings = await s.evaluator.read(one.images, 2);
      s.dispose();
      return { losses, readings };
    };
    const plain = await run(false, false);
    expect(await run(true, false)).toEqual(plain);
    expect(await run(false, true)).toEqual(plain);
  });

  test('labels that cannot be aligned or spelled, and batches of another size, are named', async () => {
    const s = session();
    const long = 'A'.repeat(17);
    await expect(s.trainer.step(0, noise(0, ['OK', long]), 1e-3)).rejects.toThrow(
      `train: label "${long}" needs 33 time steps, the model has 32`,
    );
    await expect(s.trainer.step(0, noise(0, ['OK', 'É']), 1e-3)).rejects.toThrow('is not in the alphabet');
    await expect(s.trainer.step(0, noise(0, ['OK']), 1e-3)).rejects.toThrow('expected 2 images of 128 x 32, got 1');
    s.dispose();
  });
});

describe('the loop', () => {
  test('an interrupt during the last validation leaves the run unfinished', async () => {
    const s = session({ steps: 2 });
    const abort = new AbortController();
    let restored = 0;
    const evaluator = Object.assign(Object.create(s.evaluator), {
      pairs: async () => {
        abort.abort();
        return [];
      },
    });
    const parts = {
      device,
      model: s.model,
      trainer: s.trainer,
      evaluator,
      source: { batch: async (start: number) => noise(start) },
      validation: { none: noise(99) },
    };
    const options = {
      batch,
      steps: 2,
      schedule: () => 1e-4,
      logEvery: 10,
      validateEvery: 5,
      checkpointEvery: 5,
      patience: 0,
      signal: abort.signal,
    };
    const from = { ...freshState(), step: 2, validated: 1, bestStep: 1 };
    const hooks = {
      restoreBest: async () => {
        restored++;
      },
    };
    await expect(runLoop(parts, options, hooks, from)).rejects.toThrow('train: stopped at step 2');
    expect(restored).toBe(0);
    s.dispose();
  });

  test('stops after `patience` validations without progress, and reports the best', async () => {
    const s = session({ steps: 20 });
    const checkpoints: LoopState[] = [];
    const validations: boolean[] = [];
    const state = await runLoop(
      {
        device,
        model: s.model,
        trainer: s.trainer,
        evaluator: s.evaluator,
        source: { batch: async (start) => noise(start) },
        validation: { none: noise(99, ['NEVERREAD', 'NEVERTHIS']) },
      },
      {
        batch,
        steps: 20,
        schedule: () => 1e-4,
        logEvery: 10,
        validateEvery: 2,
        checkpointEvery: 100,
        patience: 2,
      },
      {
        onValidation: (v) => {
          validations.push(v.best);
        },
        onCheckpoint: async (c) => {
          checkpoints.push(c);
        },
      },
      freshState(),
    );
    expect(validations).toEqual([true, false, false]);
    expect(state).toMatchObject({ step: 6, bestStep: 2, best: 0, sinceBest: 2 });
    s.dispose();
  });
});

describe('schedules', () => {
  test('one-cycle climbs to its peak and falls to its floor; cosine only falls; constant stays', () => {
    const one = schedule({ kind: 'one-cycle', peak: 1, warmup: 0.1 }, 100);
    expect(one(0)).toBeCloseTo(1 / 25);
    expect(one(10)).toBeCloseTo(1);
    expect(one(99)).toBeLessThan(0.01);
    expect(Math.max(...Array.from({ length: 100 }, (_, i) => one(i)))).toBeCloseTo(1);
    const cosine = schedule({ kind: 'cosine', peak: 1 }, 100);
    expect(cosine(0)).toBe(1);
    expect(cosine(50)).toBeCloseTo(0.5, 2);
    expect(schedule({ kind: 'constant', peak: 0.1 }, 100)(73)).toBe(0.1);
  });

  test('a rate that is not positive is refused', () => {
    expect(() => schedule({ kind: 'cosine', peak: 0 }, 1)).toThrow('peak learning rate must be positive, got 0');
  });
});

describe('scores', () => {
  test("are the study's: agreement by position over the longer length, and mismatches within the shorter", () => {
    const s = scores([
      { text: 'HELLO', label: 'HELLO' },
      { text: 'HELO', label: 'HELLO' },
      { text: '', label: 'AB' },
    ]);
    expect(s.wordAccuracy).toBeCloseTo(1 / 3);
    expect(s.letterAccuracy).toBeCloseTo((5 + 3 + 0) / (5 + 5 + 2));
    expect(s.cer).toBeCloseTo((0 + 1 + 2) / 12);
    expect(s.oneMinusNed).toBeCloseTo((1 + 0.8 + 0) / 3);
    expect(s.mismatches).toEqual([2 / 3, 1 / 3, 0, 0, 0]);
  });

  test('the interval of 760 words holds the share and narrows with more', () => {
    const [low, high] = interval95(0.8, 760);
    expect(low).toBeCloseTo(0.7701, 3);
    expect(high).toBeCloseTo(0.8269, 3);
    expect(interval95(0, 0)).toEqual([0, 1]);
  });
});
