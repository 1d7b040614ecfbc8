import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BENCHES, type CaseResult, dispatchesOf, fileOf, measure, rate, selectCases } from '../../src/bench/index.ts';
import { outputOf, PLANS } from '../../src/bench/shapes.ts';
import { Device } from '../../src/gpu/index.ts';
import { forceVariant, VARIANTS, variantsOf } from '../../src/kernels/variants.ts';
import { createModel } from '../../src/nn/index.ts';

const folder = (path: string, end: string) =>
  readdirSync(new URL(path, import.meta.url))
    .filter((f) => f.endsWith(end))
    .map((f) => f.slice(0, -end.length));
/** Without those of pixel blocks and of products in fours, which nothing tiny fills: their ops' own tests launch them. */
const shaders = folder('../../shaders', '.wgsl').filter(
  (name) => !['conv2d_tiles', 'lstm_tiles', 'matmul_tiles'].includes(name),
);

/** Most of the kernels there are get compiled, on a machine that may do other work beside. */
const COMPILING = 400_000;

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

describe('one name finds a benchmark', () => {
  test('every shader leads to a file, and every entry of the index is one', () => {
    expect(shaders.filter((s) => fileOf(s) === undefined)).toEqual([]);
    const files = folder('../../src/bench', '.ts');
    expect(Object.keys(BENCHES).filter((name) => !files.includes(name))).toEqual([]);
  });

  test('names are those of shaders, but for the ops that borrow one', () => {
    expect(Object.keys(BENCHES).filter((name) => !shaders.includes(name))).toEqual(['linear']);
  });

  test('a kernel leads to its op', () => {
    expect(fileOf('conv2d_backward_w_subgroup')).toBe('conv2d');
    expect(fileOf('grad_norm_total')).toBe('grad_norm');
    expect(fileOf('ctc_greedy')).toBe('ctc_greedy');
    expect(fileOf('ctc_reduce')).toBe('ctc');
  });

  test('every op has a tiny case and one of real size', () => {
    const without = (pick: 'tiny' | 'all') => {
      const ops = new Set(selectCases(pick).map((c) => c.op));
      return Object.keys(BENCHES).filter((name) => !ops.has(name));
    };
    expect(without('tiny')).toEqual([]);
    expect(without('all')).toEqual([]);
  });

  test('every case is rated one way', () => {
    for (const c of Object.values(BENCHES).flat()) {
      const rates = [c.flops, c.bytes].filter((v) => v !== undefined);
      expect(rates.length === 1 && rates[0] > 0, `${c.op} ${c.label}`).toBe(true);
    }
  });
});

const HEAVY = ['matmul', 'linear', 'conv2d', 'lstm', 'gru'];

describe('the tiny cases', () => {
  const ran = new Set<string>();
  test.each(VARIANTS)(
    '%s',
    async (variant) => {
      if (!variantsOf(device).includes(variant)) {
        // Nothing to run: count its kernels as seen.
        for (const s of shaders) if (s.endsWith('_subgroup')) ran.add(s);
        return;
      }
      forceVariant(device, variant);
      try {
        // What has no second variant runs once.
        const cases = selectCases('tiny').filter((c) => variant === 'portable' || HEAVY.includes(c.op));
        for (const c of cases) {
          const result: CaseResult = await measure(device, c, { repeat: 1, sampleMs: 0 });
          for (const kernel of Object.keys(result.kernels)) ran.add(kernel);
          // Gradients may borrow another op's kernel (that of pick is argmax_backward).
          const names = Object.keys(result.kernels).map(fileOf);
          if (c.op !== 'linear' && c.pass === 'forward')
            expect(names, `${c.op} ${c.label} launches its own kernel`).toContain(c.op);
          expect(rate(result).value).toBeGreaterThan(0);
          if (result.variant) expect(result.variant).toBe(variant);
        }
      } finally {
        forceVariant(device, undefined);
      }
    },
    COMPILING,
  );

  test('together they launch every shader', () => {
    expect(shaders.filter((s) => !ran.has(s))).toEqual([]);
  });

  test('leave nothing behind', async () => {
    const [bench] = selectCases('tiny', 'lstm_backward').filter((c) => c.pass === 'backward');
    await measure(device, bench, { repeat: 1, sampleMs: 0 });
    const before = device.memory();
    for (let i = 0; i < 3; i++) await measure(device, bench, { repeat: 2, sampleMs: 0 });
    expect(device.memory().liveBytes).toBe(before.liveBytes);
    expect(device.memory().buffers).toBe(before.buffers);
  });
});

describe('shapes are those of the models', () => {
  test.each([
    ['word-small', 'word-small'],
    ['article', 'article-lstm'],
  ])('%s', (plan, architecture) => {
    const p = PLANS.find((c) => c.name === plan);
    if (!p) throw new Error(plan);
    const model = createModel(device, architecture, p.classes);
    const weights = [...model.namedParameters().values()].map((t) => t.shape.join('x'));
    const convs = p.convs.map((s) => [s.to, s.from[0], s.kernel, s.kernel].join('x'));
    expect(weights.filter((w) => w.split('x').length === 4)).toEqual(convs);
    expect(model.parameterCount()).toBe(p.parameters);
    for (const s of p.rnns.filter((r) => r.cell === 'lstm')) expect(weights).toContain([4 * s.hidden, s.in].join('x'));
    for (const l of p.linears) expect(weights).toContain([l.out, l.in].join('x'));
    const last = p.convs[p.convs.length - 1];
    const [ph, pw] = last.pool ?? [1, 1];
    const [c, h, w] = outputOf(last);
    expect(p.bridge).toEqual([c, h / ph, w / pw]);
    expect(p.rnns[0].steps).toBe(model.timeSteps(last.from[2] === 32 ? 128 : 170));
    model.dispose();
  });
});

test(
  'recurrent layers take one dispatch through time, each way',
  async () => {
    const small = await dispatchesOf(device, 'word-small', 2);
    expect(small.recurrent).toMatchObject({ cell: 'lstm', layers: 1, steps: 32, forward: 1, backward: 1 });
    const gru = await dispatchesOf(device, 'article-gru', 2);
    expect(gru.recurrent).toMatchObject({ cell: 'gru', layers: 2, steps: 42, forward: 2, backward: 2 });
    expect(Object.values(gru.kernels).reduce((a, b) => a + b, 0)).toBe(gru.dispatches);
  },
  COMPILING,
);
