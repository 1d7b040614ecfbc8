import { expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';

/** Runs a command line in this process and collects what it prints. */
async function lexel(...args: string[]): Promise<{ code: number; out: string; err: string }> {
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
    stdinIsTerminal: true,
  };
  return { code: await run(args, io), out, err };
}

test('says what it found, then a line an op and variant', async () => {
  const { code, out } = await lexel('doctor', '--op', 'relu', 'linear');
  expect(code).toBe(0);
  for (const head of ['system', 'webgpu', 'adapter', 'features', 'limits'])
    expect(out).toMatch(new RegExp(`^${head} +\\S`, 'm'));
  expect(out).toMatch(/^relu +any +5 +forward, gradient +\d\.\d{3} +ok$/m);
  expect(out).toMatch(/^linear +portable +\d+ +forward, gradient +\d\.\d{3} +ok$/m);
});

test('every kernel of shaders/ is launched by the quick cases, and every op computes what it should', async () => {
  const { code, out } = await lexel('doctor', '--json');
  const report = JSON.parse(out) as { ok: boolean; untouched: string[]; ops: { op: string; ok: boolean }[] };
  expect(report.ops.filter((r) => !r.ok)).toEqual([]);
  expect(report.untouched).toEqual([]);
  expect(code).toBe(0);
  // Half a minute of compiling on an idle software GPU.
}, 600_000);

test('a null adapter and an unknown op are one line each', async () => {
  const none = await lexel('doctor', '--dawn', 'backend=null');
  expect(none.code).toBe(2);
  expect(none.err).toMatch(
    /^lexel: webgpu: the adapter ".+" is a null device, which computes nothing\. Install .*\.\n$/,
  );
  const unknown = await lexel('doctor', '--op', 'fft');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/^lexel: doctor: --op fft: no such op\. There are matmul, .*\n$/);
});

test('conform refuses a folder without a manifest in one line', async () => {
  const { code, err } = await lexel('conform', import.meta.dirname);
  expect(code).toBe(2);
  expect(err).toMatch(/manifest\.json: no conformance folder\. Name a folder with a manifest\.json .*\n$/);
});
