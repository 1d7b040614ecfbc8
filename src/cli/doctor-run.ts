import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkOps, OP_CHECKS, type OpReport, untouchedKernels } from '../check/index.ts';
import { type AdapterSummary, ArgumentError, Device, NoWebGpuError } from '../gpu/index.ts';
import { KERNELS } from '../kernels/index.ts';
import type { DoctorOptions } from './doctor.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

/** What scripts/adapter.mjs found before this process started; undefined outside of a checkout. */
interface FoundAdapter {
  readonly kind: 'gpu' | 'lavapipe' | 'swiftshader' | 'none';
  readonly description: string;
  readonly name: string;
  readonly tried: readonly { readonly name: string; readonly reason: string }[];
}

interface Host {
  readonly platform: string;
  readonly node: string;
  /** Version of the npm package `webgpu`; undefined where it is missing. */
  readonly webgpu?: string;
  readonly found?: FoundAdapter;
  /** Vulkan driver manifests on this machine. */
  readonly drivers?: readonly string[];
}

const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const;

/** What speeds things up, and how to get it where it is missing. */
const WANTED: readonly (readonly [feature: string, why: string])[] = [
  [
    'subgroups',
    'the fast variants of products, convolutions and recurrent layers; a newer driver or a newer webgpu package may have it',
  ],
  ['timestamp-query', 'exact kernel times in `lexel bench`; a newer driver may have it'],
  ['shader-f16', 'half-precision inference; a newer driver may have it'],
];

const GPU_HINT =
  'no hardware GPU is in use: results are right and slow. On Linux install the Vulkan driver of your GPU (mesa-vulkan-drivers for AMD and Intel, the NVIDIA driver with its Vulkan ICD), and see that this user may open /dev/dri/renderD*';
const NO_ADAPTER_HINT =
  "Install your GPU's Vulkan driver (Debian, Ubuntu: mesa-vulkan-drivers, which also brings lavapipe for the CPU; NVIDIA: its own driver), use no toggle backend=null, or run from a checkout, where npm brings SwiftShader";
const LAVAPIPE_HINT =
  'Mesa 23 or newer (Debian 13, Ubuntu 24.04: apt install mesa-vulkan-drivers) brings lavapipe, 3 to 5 times faster than SwiftShader';

/**
 * Says what this machine has, then runs every op on it.
 * @returns 0 when every op computes what it should, else 1
 * @throws NoWebGpuError where no adapter computes
 */
export async function doctor(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const known = OP_CHECKS.map(({ op }) => op);
  const unknown = options.op?.find((op) => !known.includes(op));
  if (unknown !== undefined)
    throw new ArgumentError(`doctor: --op ${unknown}: no such op`, { hint: `There are ${known.join(', ')}.` });
  const host = await inspectHost();
  const say = (text: string) => (options.json ? undefined : io.out(`${text}\n`));
  for (const line of hostLines(host)) say(line);
  const started = Date.now();
  await using device = await openDevice(options);
  const limits = Object.fromEntries(LIMITS.map((name) => [name, device.raw.limits[name]]));
  for (const line of adapterLines(device.adapter, limits, host.found)) say(line);
  say(
    `\n${'op'.padEnd(18)}${'variant'.padEnd(10)}${'cases'.padStart(5)}  ${'checks'.padEnd(18)}worst share of tolerance`,
  );
  const reports: OpReport[] = [];
  for await (const report of checkOps(device, { ops: options.op, all: options.all })) {
    reports.push(report);
    for (const line of reportLines(report)) say(line);
  }
  const failed = reports.filter((r) => !r.ok);
  const untouched = options.op ? [] : untouchedKernels(device);
  const seconds = (Date.now() - started) / 1000;
  if (untouched.length > 0) say(`not reached by any case: ${untouched.join(', ')}`);
  const kernels = Object.keys(KERNELS).length;
  say(
    failed.length > 0
      ? `\nFAIL: ${failed.length} of ${reports.length} checks: ${failed.map((r) => `${r.op} (${r.variant})`).join(', ')}. Update the driver, or report this output.`
      : `\nok: ${reports.length} checks of ${new Set(reports.map((r) => r.op)).size} ops, ${kernels - untouched.length} of ${kernels} kernels, in ${seconds.toFixed(1)} s`,
  );
  if (options.json)
    io.out(
      `${JSON.stringify({ ...host, adapter: device.adapter, limits, ok: failed.length === 0, seconds, untouched, ops: reports })}\n`,
    );
  return failed.length === 0 ? 0 : 1;
}

/** @throws NoWebGpuError with what to install, since the usual hint is to run this command */
async function openDevice({ dawn }: DoctorOptions): Promise<Device> {
  try {
    return await Device.create({ flags: dawn });
  } catch (cause) {
    if (!(cause instanceof NoWebGpuError) || /npm package/.test(cause.message)) throw cause;
    throw new NoWebGpuError(cause.message, { hint: NO_ADAPTER_HINT, cause });
  }
}

const showShare = (used: number) => (used < 10 ? used.toFixed(3) : used.toExponential(1));

/** A line an op; each failed case below it. */
function reportLines(r: OpReport): string[] {
  const checks = r.gradient ? 'forward, gradient' : 'forward';
  const share = Number.isFinite(r.used) ? showShare(r.used) : '-';
  const head = `${r.op.padEnd(18)}${r.variant.padEnd(10)}${String(r.cases).padStart(5)}  ${checks.padEnd(18)}${share.padEnd(9)}${r.ok ? 'ok' : 'FAIL'}`;
  return [head, ...r.failures.map((f) => `    ${f.name}: ${f.problem}`)];
}

async function inspectHost(): Promise<Host> {
  let webgpu: string | undefined;
  try {
    const path = createRequire(import.meta.url).resolve('webgpu/package.json');
    webgpu = (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version;
  } catch {
    webgpu = undefined;
  }
  let found: FoundAdapter | undefined;
  try {
    found = JSON.parse(process.env.LEXEL_ADAPTER_FOUND ?? '') as FoundAdapter;
  } catch {
    found = undefined;
  }
  return {
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    webgpu,
    found,
    drivers: await drivers(),
  };
}

/** The Vulkan drivers that scripts/adapter.mjs sees; a checkout has it, an installed package does not. */
async function drivers(): Promise<readonly string[] | undefined> {
  const script = new URL('../../scripts/adapter.mjs', import.meta.url).href;
  try {
    const { installedDrivers } = (await import(script)) as { installedDrivers(): string[] };
    return installedDrivers();
  } catch {
    return undefined;
  }
}

function hostLines({ platform, node, webgpu, found, drivers: files }: Host): string[] {
  const lines = [`system    ${platform}, Node ${node}`];
  lines.push(`webgpu    ${webgpu ?? 'missing: npm install webgpu'}`);
  if (files) lines.push(`drivers   ${files.length > 0 ? files.join(', ') : 'no Vulkan driver is installed'}`);
  if (process.env.VK_DRIVER_FILES) lines.push(`in use    ${process.env.VK_DRIVER_FILES}`);
  for (const t of found?.tried ?? []) lines.push(`passed    ${t.name}: ${t.reason}`);
  return lines;
}

function isSoftware(adapter: AdapterSummary): boolean {
  return adapter.architecture === 'software' || /llvmpipe|lavapipe|swiftshader|basic render/i.test(adapter.description);
}

function adapterLines(
  adapter: AdapterSummary,
  limits: Record<string, number>,
  found: FoundAdapter | undefined,
): string[] {
  const maker = [adapter.vendor, adapter.architecture].filter(Boolean).join(' ');
  const lanes = adapter.subgroupSize > 0 ? `subgroups of ${adapter.subgroupSize} and more` : 'no subgroups';
  const lines = [
    `adapter   ${adapter.description}${maker ? ` (${maker})` : ''}, ${lanes}`,
    `features  ${adapter.features.join(', ')}`,
    `limits    ${Object.entries(limits)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  ];
  for (const [feature, why] of WANTED)
    if (!adapter.features.includes(feature)) lines.push(`missing   ${feature}: ${why}`);
  if (isSoftware(adapter)) lines.push(`advice    ${GPU_HINT}`);
  if (found?.kind === 'swiftshader') lines.push(`advice    ${LAVAPIPE_HINT}`);
  return lines;
}
