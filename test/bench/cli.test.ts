import { expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';

/** A model's kernels are compiled, on a machine that may do other work beside. */
const COMPILING = 400_000;

async function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    errIsTerminal: false,
    stdin: (async function* () {})(),
    stdinIsTerminal: false,
  };
  return { code: await run(['bench', ...args], io), out, err };
}

test('a table of kernels on stdout, progress on stderr', async () => {
  const got = await bench('--shapes', 'tiny', '--filter', 'conv2d', '--repeat', '1', '--variant', 'portable');
  expect(got.code).toBe(0);
  expect(got.out).toMatch(
    /^adapter {3}\S.*\nfeatures .*\nvariant {3}portable\nmachine .*load average .*\nrun .*Node v/,
  );
  expect(got.out).toMatch(/^op +pass +variant +where +shape +ms +rate +unit +dispatches$/m);
  for (const pass of ['forward', 'backward', 'backward_x', 'backward_w'])
    expect(got.out).toMatch(
      new RegExp(`^conv2d +${pass} +portable +tiny conv2 .* +[\\d.]+ +[\\d.]+ +GFLOP/s +\\d+$`, 'm'),
    );
  expect(got.err).toMatch(/^bench: 1 of \d+: conv2d forward tiny conv1$/m);
});

test('the name of a kernel finds its op', async () => {
  const got = await bench('--shapes', 'tiny', '--filter', 'batchnorm2d_stats', '--repeat', '1');
  expect(got.out).toMatch(/^batchnorm2d +forward/m);
  expect(got.out).not.toMatch(/^conv2d/m);
});

test(
  'models alone, as JSON',
  async () => {
    const got = await bench('--shapes', 'tiny', '--filter', 'models', '--repeat', '1', '--json');
    expect(got.code).toBe(0);
    const json = JSON.parse(got.out) as { cases: unknown[]; models: Record<string, unknown>[]; node: string };
    expect(json.cases).toEqual([]);
    expect(json.node).toBe(process.version);
    expect(json.models).toMatchObject([
      { model: 'word-small', pass: 'train', batch: 2 },
      { model: 'word-small', pass: 'read', batch: 1 },
    ]);
    for (const m of json.models)
      for (const key of ['ms', 'imagesPerSecond', 'encodeMs', 'hostMs', 'recordMs', 'dispatches', 'submits'])
        expect(m[key], key).toBeGreaterThan(0);
  },
  COMPILING,
);

test(
  '--dispatches counts the kernels of a training step',
  async () => {
    const got = await bench('--dispatches', '--shapes', 'word-small');
    expect(got.code).toBe(0);
    expect(got.out).toMatch(/^word-small, batch 32: \d+ dispatches a training step$/m);
    expect(got.out).toMatch(/^ +1 {2}lstm(_subgroup|_tiles)?$/m);
    expect(got.out).toMatch(/^ +1 {2}lstm_backward(_subgroup)?$/m);
    expect(got.out).toContain(
      'LSTM layers of 32 time steps: 1; dispatches through time: forward 1, backward 1, one a layer',
    );
  },
  COMPILING,
);

test(
  'a recurrent layer in one launch and step by step: the same launches as said, and both are timed',
  async () => {
    const got = await bench('--time-steps', '--shapes', 'tiny', '--filter', 'gru', '--repeat', '1', '--json');
    const { timeSteps } = JSON.parse(got.out) as { timeSteps: Record<string, number | string>[] };
    expect(timeSteps.map((r) => [r.cell, r.pass])).toEqual([
      ['gru', 'forward'],
      ['gru', 'forward and backward'],
    ]);
    for (const { ms, stepwiseMs, dispatches, stepwiseDispatches } of timeSteps) {
      expect(ms).toBeGreaterThan(0);
      expect(stepwiseMs).toBeGreaterThan(0);
      expect(stepwiseDispatches).toBeGreaterThan(3 * Number(dispatches));
    }
    expect(timeSteps[0].dispatches).toBe(3);
  },
  COMPILING,
);

test('what does not exist is said in one line', async () => {
  const name = await bench('--filter', 'conv3d');
  expect(name).toMatchObject({ code: 2, out: '' });
  expect(name.err).toMatch(/^lexel: bench: nothing is called "conv3d" .*Ops are .*conv2d.*\n$/);
  const shapes = await bench('--shapes', 'huge');
  expect(shapes.code).toBe(2);
  expect(shapes.err).toMatch(/^lexel: .*Allowed choices are word-small, article, all, tiny.*\n$/);
  expect((await bench('--repeat', '0')).code).toBe(2);
});

test(
  'the first read of a process, with shaders compiled and with shaders kept',
  async () => {
    const got = await bench('--first-read', '--repeat', '1', '--json');
    const json = JSON.parse(got.out) as Record<'compiled' | 'kept', Record<string, number>>;
    for (const { loaded, opened, first, warm, batched } of [json.compiled, json.kept]) {
      expect(loaded).toBeGreaterThan(0);
      expect(opened).toBeGreaterThan(loaded);
      expect(first).toBeGreaterThan(opened);
      expect(warm).toBeGreaterThan(0);
      expect(batched).toBeGreaterThan(0);
    }
  },
  COMPILING,
);
