/** onnxruntime-web; the same file runs under Node and in a browser's page, on wasm and on WebGPU. */
import type * as Ort from 'onnxruntime-web';
import { noise } from '../noise.ts';
import { onnxModel } from '../onnx-models.ts';
import { type Opened, type Peer, type Prepared, type Steps, timeRuns, Unsupported } from '../peer.ts';
import type { Workload } from '../workloads.ts';

export type OrtModule = typeof Ort;

export class OrtPeer implements Peer {
  readonly name: string;

  constructor(
    private readonly ort: OrtModule,
    private readonly provider: 'wasm' | 'webgpu',
    private readonly threads: number,
    /** What WebGPU runs on. */
    private readonly adapter = '',
  ) {
    this.name = `ort-${provider}`;
    ort.env.wasm.numThreads = threads;
    // It would list on the console what it leaves to the processor.
    ort.env.logLevel = 'error';
  }

  async available(): Promise<Opened> {
    const version = this.ort.env.versions.web ?? this.ort.env.versions.common;
    return { version, device: this.provider === 'webgpu' ? this.adapter : `wasm, ${this.threads} threads` };
  }

  async run(w: Workload): Promise<Prepared> {
    const model = onnxModel(w);
    if (!model) throw new Unsupported('it does not train');
    const { ort, provider } = this;
    const onGpu = provider === 'webgpu';
    const session = await ort.InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      preferredOutputLocation: onGpu ? 'gpu-buffer' : 'cpu',
    });
    const data = noise(model.shape.reduce((a, b) => a * b, 1));
    const input = onGpu ? await this.upload(data, model.shape) : new ort.Tensor('float32', data, model.shape);
    const steps: Steps<Ort.Tensor> = {
      queue: async () => (await session.run({ x: input }))[model.output],
      read: (y) => y.getData(),
      drop: (y) => y.dispose(),
    };
    return {
      sample: (runs) => timeRuns(steps, runs),
      dispose: async () => {
        await session.release();
        input.dispose();
      },
    };
  }

  /** The input lies on the GPU before the clock starts, as everyone's does. */
  private async upload(data: Float32Array<ArrayBuffer>, shape: readonly number[]): Promise<Ort.Tensor> {
    const device = (await this.ort.env.webgpu.device) as GPUDevice;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ size: data.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, data);
    const dispose = () => buffer.destroy();
    return this.ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape, dispose });
  }
}
