import { cpus } from 'node:os';
import { create, globals } from 'webgpu';

/** Held for the life of the process: Dawn crashes when the object behind `gpu` is collected while devices live. */
let gpu: GPU | undefined;

/** WebGPU takes views of shared memory (ONNX Runtime's wasm heap is one); Dawn's Node binding refuses them. */
function acceptSharedMemory(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...rest) {
    // The copy that slice() makes is of plain memory.
    const plain = data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
    return writeBuffer.call(this, buffer, offset, plain as BufferSource, ...rest);
  };
}

/** Gives browser engines what they look for: `navigator.gpu` and WebGPU's constants. Returns the adapter's name. */
export async function installDawn(): Promise<string> {
  if (!gpu) {
    gpu = create([]);
    Object.assign(globalThis, globals);
    acceptSharedMemory();
    const navigator = { gpu, userAgent: 'Node', hardwareConcurrency: cpus().length };
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no WebGPU adapter found');
  return adapter.info.description || adapter.info.device;
}
