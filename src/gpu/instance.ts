import { NoWebGpuError } from './errors.ts';
import { getHost } from './host.ts';

/** Kept for the life of the process: Dawn crashes when the object behind `gpu` is collected while devices live. */
let nodeInstance: GPU | undefined;

/** Copies the enum globals (GPUBufferUsage, ...) out of Dawn's module without writing to `globalThis`. */
export const usage = {
  STORAGE: 0x80,
  UNIFORM: 0x40,
  COPY_SRC: 0x04,
  COPY_DST: 0x08,
  MAP_READ: 0x01,
  MAP_WRITE: 0x02,
  QUERY_RESOLVE: 0x0200,
} as const;
export const MAP_READ = 1;
export const STAGE_COMPUTE = 4;

/**
 * The platform's WebGPU entry: `navigator.gpu` in browsers, Dawn (npm `webgpu`) elsewhere.
 * @param flags Dawn toggles such as `backend=vulkan`; ignored in browsers.
 * @throws NoWebGpuError when there is none.
 */
export async function findGpu(flags: readonly string[] = []): Promise<GPU> {
  const native = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (native) return native;
  const host = getHost();
  if (!host)
    throw new NoWebGpuError('webgpu: this browser has no navigator.gpu', {
      hint: 'Use a recent Chrome, Edge, Firefox or Safari over https (or localhost).',
    });
  if (nodeInstance && flags.length === 0) return nodeInstance;
  let dawn: Awaited<ReturnType<typeof host.loadDawn>>;
  try {
    dawn = await host.loadDawn();
  } catch (cause) {
    throw new NoWebGpuError('webgpu: the npm package "webgpu" (Dawn for Node) could not be loaded', {
      hint: 'Install it beside lexel: npm install webgpu.',
      cause,
    });
  }
  const gpu = dawn.create([...flags]);
  if (flags.length === 0) nodeInstance = gpu;
  else keep.push(gpu);
  return gpu;
}

const keep: GPU[] = [];
