import { NoWebGpuError } from './errors.ts';
import { getHost } from './host.ts';
import { findGpu } from './instance.ts';

export interface DeviceOptions {
  /** A GPU object of your own (tests, unusual hosts); the platform's otherwise. */
  gpu?: GPU;
  powerPreference?: GPUPowerPreference;
  /** Dawn toggles under Node, such as `backend=vulkan`. */
  flags?: readonly string[];
  /** Uses no optional feature: subgroups, f16 and timestamps stay off. */
  portable?: boolean;
}

/** What is known of the adapter behind a device. */
export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** Lanes of the smallest subgroup; 0 where subgroups are not available. */
  readonly subgroupSize: number;
  readonly features: readonly string[];
  /** Whether its compiler needs loops over register tiles unrolled in the text (SwiftShader). */
  readonly unrolls: boolean;
}

const OPTIONAL: readonly GPUFeatureName[] = ['subgroups' as GPUFeatureName, 'timestamp-query', 'shader-f16'];
const WANTED_LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

/** A raw device with what is known of its adapter, and the GPU object that must outlive it. */
export interface OpenedAdapter {
  readonly raw: GPUDevice;
  readonly summary: AdapterSummary;
  readonly gpu: GPU;
}

/**
 * Opens the best adapter at hand, with every optional feature and the limits it has.
 * @throws NoWebGpuError when there is none, or only a null adapter, which computes nothing.
 */
export async function openAdapter(options: DeviceOptions): Promise<OpenedAdapter> {
  const gpu = options.gpu ?? (await findGpu(options.flags));
  const adapter = await gpu.requestAdapter({ powerPreference: options.powerPreference ?? 'high-performance' });
  if (!adapter)
    throw new NoWebGpuError('webgpu: no adapter found', {
      hint: getHost()
        ? 'Run `lexel doctor`: it says which driver is missing. Without a GPU, Mesa lavapipe or SwiftShader serve.'
        : 'Switch on hardware acceleration in the settings of the browser, and update it and the graphics driver.',
    });
  const { info } = adapter;
  if (/null/i.test(`${info.description} ${info.vendor} ${info.device}`) && !info.architecture)
    throw new NoWebGpuError(
      `webgpu: the adapter "${info.description || info.device || info.vendor}" is a null device, which computes nothing`,
      {
        hint: 'Remove backend=null, or install a driver: see `lexel doctor`.',
      },
    );
  const requiredFeatures = options.portable ? [] : OPTIONAL.filter((f) => adapter.features.has(f));
  const requiredLimits: Record<string, number> = {};
  for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name];
  const raw = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  const subgroups = raw.features.has('subgroups');
  const sizes = info as { subgroupMinSize?: number };
  return {
    raw,
    gpu,
    summary: {
      vendor: info.vendor,
      architecture: info.architecture,
      // Browsers leave the description empty.
      description: info.description || info.device || `${info.vendor} ${info.architecture}`.trim() || 'unnamed adapter',
      subgroupSize: subgroups ? (sizes.subgroupMinSize ?? 4) : 0,
      features: [...raw.features].map(String).sort(),
      unrolls: /swiftshader/i.test(`${info.architecture} ${info.description} ${info.device}`),
    },
  };
}
