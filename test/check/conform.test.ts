/** The runner of conformance folders, against folders built in memory: what passes, fails, is optional or unknown. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CaseReport, crc32, quantile, runDecodeFile, runSuite, summarise } from '../../src/check/index.ts';
import { Device } from '../../src/gpu/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.dispose());

interface T {
  role: string;
  shape: number[];
  values: number[];
  dtype?: 'f32' | 'i32';
  tol?: { atol: number; rtol: number };
  torch_f32_maxerr?: number;
  of?: string;
  wrt?: string;
}

/** A suite file and its binary. */
function folder(
  suite: string,
  cases: { id: string; op: string; tensors: Record<string, T>; [key: string]: unknown }[],
) {
  const parts: Uint8Array[] = [];
  let at = 0;
  const json = cases.map(({ tensors, ...rest }) => ({
    attrs: {},
    ...rest,
    tensors: Object.fromEntries(
      Object.entries(tensors).map(([name, { values, dtype = 'f32', ...t }]) => {
        const data = dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values);
        const bytes = new Uint8Array(Math.ceil(data.byteLength / 16) * 16);
        bytes.set(new Uint8Array(data.buffer));
        parts.push(bytes);
        const offset = at;
        at += bytes.length;
        return [name, { ...t, dtype, offset }];
      }),
    ),
  }));
  const bin = new Uint8Array(at);
  let to = 0;
  for (const p of parts) {
    bin.set(p, to);
    to += p.length;
  }
  const text = JSON.stringify({
    suite,
    data: `${suite}.bin`,
    bytes: at,
    crc32: crc32(bin),
    count: json.length,
    cases: json,
  });
  const files: Record<string, Uint8Array> = {
    [`d/${suite}.json`]: new TextEncoder().encode(text),
    [`d/${suite}.bin`]: bin,
  };
  return async (path: string) => files[path];
}

async function collect(reports: AsyncGenerator<CaseReport>): Promise<CaseReport[]> {
  const out: CaseReport[] = [];
  for await (const r of reports) out.push(r);
  return out;
}

const x: T = { role: 'input', shape: [3], values: [-1, 0, 2] };
const tol = { atol: 1e-6, rtol: 0 };
const y = (values: number[]): T => ({ role: 'output', shape: [3], values, tol, torch_f32_maxerr: 1e-7 });

test('verdicts, tags and totals', async () => {
  const g: T = { role: 'cotangent', shape: [3], values: [1, 1, 3], of: 'y' };
  const grad = (values: number[]): T => ({ role: 'grad', shape: [3], values, wrt: 'x', tol });
  const reports = await collect(
    runSuite(
      device,
      'd',
      's',
      folder('s', [
        { id: 'right', op: 'relu', tensors: { x, y: y([0, 0, 2]), g_y: g, grad_x: grad([0, 0, 3]) } },
        { id: 'wrong', op: 'relu', tensors: { x, y: y([0, 0, 2.5]) } },
        { id: 'wrong gradient', op: 'relu', tensors: { x, y: y([0, 0, 2]), g_y: g, grad_x: grad([0, 0, -3]) } },
        { id: 'wrong shape', op: 'relu', tensors: { x, y: { ...y([0, 0, 2]), shape: [1, 3] } } },
        { id: 'unknown', op: 'fft', tensors: { x, y: y([0, 0, 2]) } },
        { id: 'extra', op: 'fft', tags: ['optional'], tensors: { x, y: y([0, 0, 2]) } },
        { id: 'missing', op: 'relu', tensors: { x, z: y([0, 0, 2]) } },
      ]),
    ),
  );
  expect(reports.map((r) => r.verdict)).toEqual([
    'passed',
    'failed',
    'failed',
    'failed',
    'unsupported',
    'unsupported',
    'failed',
  ]);
  expect(reports[1].detail).toBe('y is off by 5.00e-1, 5.00e+5 times its tolerance, at 2');
  expect(reports[2].detail).toMatch(/^grad_x is off by 6/);
  expect(reports[3].detail).toBe('y has shape [3], expected [1, 3]');
  expect(reports[4].detail).toBe('op fft');
  expect(reports[6].detail).toBe('z is missing');
  const s = summarise(reports);
  expect(s).toMatchObject({ passed: 1, failed: 4, unsupported: 1, optional: { passed: 0, failed: 0, unsupported: 1 } });
  expect(s.bySuite.s).toEqual({ passed: 1, failed: 4, unsupported: 2 });
  expect(s.ratio.max).toBeCloseTo(0.5 / 1e-7, -3);
});

test('CTC: an infinite loss, and a sample whose gradient is left open', async () => {
  const int = (values: number[], shape: number[]): T => ({ role: 'input', dtype: 'i32', shape, values });
  const loss = [Number.POSITIVE_INFINITY, Math.log(2)];
  const [report] = await collect(
    runSuite(
      device,
      'd',
      'ctc',
      folder('ctc', [
        {
          id: 'impossible',
          op: 'ctc_loss',
          attrs: { blank: 0, reduction: 'none', zero_infinity: false, targets: 'padded' },
          grad_unspecified_samples: [0],
          tensors: {
            logits: { role: 'input', shape: [1, 2, 2], values: [0, 0, 0, 0] },
            targets: int([1, 1, 1, 0], [2, 2]),
            input_lengths: int([1, 1], [2]),
            target_lengths: int([2, 1], [2]),
            g_loss: { role: 'cotangent', shape: [2], values: [1, 1], of: 'loss' },
            loss: { role: 'output', shape: [2], values: loss, tol },
            grad_logits: { role: 'grad', shape: [1, 2, 2], values: [9, 9, 0.5, -0.5], wrt: 'logits', tol },
          },
        },
      ]),
    ),
  );
  expect(report).toMatchObject({ verdict: 'passed' });
});

test('ONNX nodes, by position', async () => {
  const out = (values: number[], shape: number[]): T => ({ role: 'output', shape, values, tol });
  const input = (values: number[], shape: number[], dtype: T['dtype'] = 'f32'): T => ({
    role: 'input',
    shape,
    values,
    dtype,
  });
  const reports = await collect(
    runSuite(
      device,
      'd',
      'onnx',
      folder('onnx', [
        {
          id: 'gemm',
          op: 'Gemm',
          attrs: { alpha: 2, transB: 1 },
          tensors: {
            in0: input([1, 2], [1, 2]),
            in1: input([3, 4, 5, 6], [2, 2]),
            in2: input([1, 1], [2]),
            out0: out([23, 35], [1, 2]),
          },
        },
        {
          id: 'conv, same',
          op: 'Conv',
          attrs: { auto_pad: 'SAME_UPPER', kernel_shape: [2] },
          tensors: { in0: input([1, 2, 3], [1, 1, 3]), in1: input([1, 1], [1, 1, 2]), out0: out([3, 5, 3], [1, 1, 3]) },
        },
        {
          id: 'reshape',
          op: 'onnx/Reshape',
          tensors: {
            in0: input([1, 2, 3, 4], [2, 2]),
            in1: input([0, -1, 1], [3], 'i32'),
            out0: out([1, 2, 3, 4], [2, 2, 1]),
          },
        },
        { id: 'strange', op: 'DFT', tensors: { in0: x, out0: out([0, 0, 0], [3]) } },
      ]),
    ),
  );
  expect(reports.map((r) => `${r.verdict} ${r.detail ?? ''}`)).toEqual([
    'passed ',
    'passed ',
    'passed ',
    'unsupported op DFT',
  ]);
});

test('decode.json: greedy on the device, beams on the host', async () => {
  const probs = [
    [0.6, 0.4],
    [0.6, 0.4],
  ];
  const cases = [
    { id: 'greedy', op: 'greedy', probs, blank: 0, expected: [] },
    { id: 'beam', op: 'beam_search', probs, beam_width: 4, expected: [{ labels: [1], log_prob: Math.log(0.64) }] },
    { id: 'both', probs, greedy: [], beam: [[1]] },
    { id: 'wrong', op: 'beam_search', probs, expected: [[]] },
    { id: 'empty', op: 'beam_search' },
  ];
  const read = async () => new TextEncoder().encode(JSON.stringify({ cases }));
  const reports = await collect(runDecodeFile(device, 'd', 'decode', read));
  expect(reports.map((r) => r.verdict)).toEqual(['passed', 'passed', 'passed', 'failed', 'unsupported']);
});

test('quantiles are those of NumPy', () => {
  expect(quantile([1, 2, 3, 10], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 10], 0.9)).toBeCloseTo(7.9, 10);
  expect(quantile([], 0.5)).toBeNull();
});
