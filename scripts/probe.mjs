// Child process of adapter.mjs: opens the adapter that its environment leads to, computes one thing on it and prints
// what it found as one line of JSON. A driver that crashes or hangs takes only this process with it.
import { create } from 'webgpu';

const say = (report) => process.stdout.write(`${JSON.stringify(report)}\n`);

/** y[i] = 3 x[i] + 1 on the device: null adapters and broken drivers give something else. */
async function computes(device) {
  const code = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
    @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = 3u * y[id.x] + 1u; }`;
  const buffer = device.createBuffer({ size: 16, usage: 0x80 | 0x04 | 0x08 });
  const read = device.createBuffer({ size: 16, usage: 0x01 | 0x08 });
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const entries = [{ binding: 0, resource: { buffer } }];
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  device.queue.writeBuffer(buffer, 0, new Uint32Array([1, 2, 3, 4]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, read, 0, 16);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(1);
  return new Uint32Array(read.getMappedRange()).join() === '4,7,10,13';
}

// Held in a module variable: Dawn crashes when the instance is collected.
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (!adapter) {
  say({ ok: false, reason: 'no adapter' });
} else {
  const { vendor, architecture, description, device: name } = adapter.info;
  const found = { description: description || name || vendor || 'unnamed adapter', vendor, architecture };
  try {
    const device = await adapter.requestDevice();
    say((await computes(device)) ? { ok: true, ...found } : { ok: false, ...found, reason: 'computes wrong results' });
    device.destroy();
  } catch (error) {
    say({ ok: false, ...found, reason: String(error.message ?? error).split('\n')[0] });
  }
}
