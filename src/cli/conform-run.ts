import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CaseReport,
  ConformanceError,
  loadManifest,
  type ManifestEntry,
  runDecodeFile,
  runSuite,
  type Summary,
  summarise,
} from '../check/index.ts';
import { Device, FormatError, UnsupportedError } from '../gpu/index.ts';
import { forceVariant, variantsOf } from '../kernels/index.ts';
import type { ConformOptions } from './conform.ts';
import { runFolder } from './conform-files.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

const read = (path: string) => readFile(path);

/**
 * Runs every suite of a folder and whatever else of CONFORMANCE.md lies in it.
 * @returns 0 when nothing failed and nothing but optional cases is unsupported, else 1
 * @throws FormatError where there is no manifest that can be read
 */
export async function conform(dir: string, options: ConformOptions, io: Io): Promise<ExitCode> {
  const entries = await manifestOf(dir);
  await using device = await Device.create();
  if (options.variant) {
    if (!variantsOf(device).includes(options.variant))
      throw new UnsupportedError(`conform: this adapter has no variant ${options.variant}`);
    forceVariant(device, options.variant);
  }
  const uncaptured: string[] = [];
  device.raw.addEventListener('uncapturederror', (event) => {
    uncaptured.push((event as GPUUncapturedErrorEvent).error.message.split('\n')[0]);
  });
  io.err(`lexel: ${device.adapter.description}, ${entries.length} suites\n`);
  const reports: CaseReport[] = [];
  for (const entry of entries)
    for await (const r of runEntry(device, dir, entry)) {
      reports.push(r);
      if (options.json) io.out(`${JSON.stringify(r)}\n`);
      else io.out(`${line(r)}\n`);
    }
  await device.finish().catch((error: unknown) => {
    if (uncaptured.length === 0) uncaptured.push(String(error));
  });
  const summary = summarise(reports);
  for (const message of uncaptured) io.err(`lexel: uncaptured WebGPU error: ${message}\n`);
  if (!options.json) io.out(`${overview(summary)}\n`);
  // The totals are the last line of --json.
  else
    io.out(
      `${JSON.stringify(uncaptured.length > 0 ? { ...summary, uncapturedErrors: uncaptured.length } : summary)}\n`,
    );
  return summary.failed === 0 && summary.unsupported === 0 && uncaptured.length === 0 ? 0 : 1;
}

/** The manifest's suites, then whatever of the known kinds the folder holds besides. */
async function manifestOf(dir: string): Promise<ManifestEntry[]> {
  let listed: ManifestEntry[];
  try {
    listed = await loadManifest(dir, read);
  } catch (cause) {
    if (cause instanceof ConformanceError || (cause as NodeJS.ErrnoException).code !== undefined)
      throw new FormatError(
        cause instanceof ConformanceError ? cause.message : `${join(dir, 'manifest.json')}: no conformance folder`,
        { hint: 'Name a folder with a manifest.json as CONFORMANCE.md describes it.', cause },
      );
    throw cause;
  }
  const names = new Set(listed.map((e) => e.suite));
  for (const item of await readdir(dir, { withFileTypes: true })) {
    const extra = (suite: string, kind: string) => names.has(suite) || listed.push({ suite, kind, count: 0 });
    if (item.isFile() && item.name === 'decode.json') extra('decode', 'decode');
    if (item.isFile() && item.name === 'onnx.json') extra('onnx', 'tensors');
    if (item.isDirectory() && (await readdir(join(dir, item.name))).includes('index.json')) extra(item.name, 'files');
  }
  return listed;
}

/** One suite; what is wrong with its files is a failed case, and the others go on. */
async function* runEntry(device: Device, dir: string, { suite, kind }: ManifestEntry): AsyncGenerator<CaseReport> {
  try {
    if (suite === 'decode' || kind === 'decode') yield* runDecodeFile(device, dir, suite, read);
    else if (await isFolder(join(dir, suite))) yield* runFolder(join(dir, suite), suite);
    else yield* runSuite(device, dir, suite, read);
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0] : String(error);
    yield { suite, id: `${suite}/*`, op: suite, verdict: 'failed', optional: false, detail };
  }
}

async function isFolder(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  );
}

const short = (v: number | null | undefined) => (typeof v === 'number' ? v.toPrecision(3) : '-');

function line(r: CaseReport): string {
  const figures = r.used === undefined ? '' : `  used ${short(r.used)}  ratio ${short(r.ratio)}`;
  const detail = r.detail ? `  ${r.detail}` : '';
  return `${r.verdict.padEnd(11)} ${r.id}${r.optional ? ' (optional)' : ''}${figures}${detail}`;
}

function overview(s: Summary): string {
  const rows = Object.entries(s.bySuite).map(
    ([suite, c]) => `${suite.padEnd(12)} ${c.passed} passed, ${c.failed} failed, ${c.unsupported} unsupported`,
  );
  const { passed, failed, unsupported } = s.optional;
  const optional = passed + failed + unsupported > 0 ? ` (optional: ${passed}, ${failed}, ${unsupported})` : '';
  return [
    '',
    ...rows,
    `total: ${s.passed} passed, ${s.failed} failed, ${s.unsupported} unsupported${optional}`,
    `error over PyTorch's own float32: median ${short(s.ratio.median)}, p90 ${short(s.ratio.p90)}, max ${short(s.ratio.max)}`,
  ].join('\n');
}
