import { backward, ctc, mean, noGrad, slice, Tensor } from '../autograd/index.ts';
import type { Device, Replay } from '../gpu/index.ts';
import type { Architecture } from '../nn/index.ts';
import { createSession, runConfig, type Session } from '../train/index.ts';
import { Arrays, type Group } from './case.ts';
import { median } from './measure.ts';

/** Which models are timed, and at which batch sizes. */
export interface ModelSpec {
  readonly model: Architecture;
  readonly group: Group;
  readonly train: readonly number[];
  readonly read: readonly number[];
}

const MODELS: readonly ModelSpec[] = [
  { model: 'word-small', group: 'word-small', train: [64], read: [1, 8, 32, 64] },
  // The study trained with 64; a software adapter would take a minute a step.
  { model: 'article-lstm', group: 'article', train: [4], read: [1, 4] },
  { model: 'article-gru', group: 'article', train: [4], read: [1, 4] },
  { model: 'word-small', group: 'tiny', train: [2], read: [1] },
];

/** The models of some groups; with a filter those it names (or all, where it is `models`). */
export function modelsOf(wanted: (group: Group) => boolean, filter?: string): ModelSpec[] {
  const named = (m: ModelSpec) => filter === undefined || filter === 'models' || m.model === filter;
  return MODELS.filter((m) => wanted(m.group) && named(m));
}

/** What one model took, training or reading. */
export interface ModelResult {
  readonly model: Architecture;
  readonly pass: 'train' | 'read';
  readonly batch: number;
  /** Median time of one step or batch, from its first upload until the GPU is done (reading: until the logits are here). */
  readonly ms: number;
  readonly imagesPerSecond: number;
  /** Median time that JavaScript needs to queue a replayed step: encoding until the submit returns. */
  readonly encodeMs: number;
  /** The same with the uploads of the batch, the labels and the optimiser's scalars. */
  readonly hostMs: number;
  /** Building the step once, without the GPU's work; the first model also compiles its kernels in it. */
  readonly recordMs: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly kernels: Readonly<Record<string, number>>;
}

/** A training step or a reading, recorded. */
export interface Recorded {
  readonly replay: Replay<Tensor>;
  readonly recordMs: number;
  /** Queues the uploads of one batch. */
  upload(): void;
  dispose(): void;
}

/** Letters of each random label; no two neighbours are equal, so that any model can align them. */
const LABEL = 8;

/** The training step that `lexel train` records, on random images: their contents change nothing. */
export async function recordTraining(device: Device, session: Session): Promise<Recorded> {
  const { config, model, optimizer, alphabet } = session;
  const { batch, height, width, skip } = config;
  const arrays = new Arrays(device);
  const x = new Tensor(arrays.normal([batch, 1, height, width]));
  const frames = model.timeSteps(width) - skip;
  const labels = Int32Array.from({ length: batch * 24 }, (_, i) => (i * 7) % alphabet.blank);
  const targets = new Tensor(arrays.filled([batch, 24], 0, 'i32'));
  const inputLengths = new Tensor(arrays.filled([batch], frames, 'i32'));
  const targetLengths = new Tensor(arrays.filled([batch], LABEL, 'i32'));
  const images = new Float32Array(batch * height * width).map((_, i) => Math.sin(i));
  let step = 0;
  const upload = () => {
    x.write(images);
    targets.write(labels);
    session.trainer.counter.write(Uint32Array.of(step++));
    optimizer.prepareStep(1e-5);
  };
  upload();
  model.train();
  await device.flush();
  const start = performance.now();
  const replay = await device.record(() => {
    const all = model.forward(x);
    const logits = skip > 0 ? slice(all, 0, skip, all.shape[0]) : all;
    const loss = mean(ctc(logits, targets, inputLengths, targetLengths, { blank: alphabet.blank, reduction: 'none' }));
    backward(loss);
    optimizer.step();
    return loss;
  });
  return { replay, recordMs: performance.now() - start, upload, dispose: () => end(replay, arrays) };
}

/** The reading of one batch that the recogniser records. */
export async function recordReading(device: Device, session: Session, batch: number, half = false): Promise<Recorded> {
  const { config, model } = session;
  const arrays = new Arrays(device);
  const x = new Tensor(arrays.normal([batch, 1, config.height, config.width]));
  const images = new Float32Array(x.size).map((_, i) => Math.sin(i));
  model.fold({ half });
  await device.flush();
  const start = performance.now();
  const replay = await device.record(() => noGrad(() => model.forward(x)));
  return {
    replay,
    recordMs: performance.now() - start,
    upload: () => x.write(images),
    dispose: () => end(replay, arrays),
  };
}

function end(replay: Replay<Tensor>, arrays: Arrays): void {
  replay.dispose();
  arrays.dispose();
}

/**
 * Runs a step to its end. `host` is what it took JavaScript until the first submit had returned: encoding runs in
 * promise jobs, so that awaiting nothing hands over to it; the GPU's work and the error scopes come later.
 */
async function timeStep(device: Device, queue: () => Promise<unknown>): Promise<{ host: number; all: number }> {
  const before = device.stats().submits;
  const start = performance.now();
  const done = queue();
  for (let turn = 0; turn < 1000 && device.stats().submits === before; turn++) await undefined;
  const host = performance.now() - start;
  await done;
  await device.raw.queue.onSubmittedWorkDone();
  return { host, all: performance.now() - start };
}

async function time(
  device: Device,
  recorded: Recorded,
  repeat: number,
): Promise<Pick<ModelResult, 'ms' | 'encodeMs' | 'hostMs' | 'submits'>> {
  const { replay, upload } = recorded;
  const reads = replay.value.size > 1;
  const step = async () => {
    upload();
    await replay.run();
    if (reads) await replay.value.read();
  };
  await timeStep(device, step);
  const before = device.stats().submits;
  const whole: { host: number; all: number }[] = [];
  for (let i = 0; i < repeat; i++) whole.push(await timeStep(device, step));
  const submits = Math.round((device.stats().submits - before) / repeat);
  const encode: number[] = [];
  for (let i = 0; i < repeat; i++) encode.push((await timeStep(device, replay.run)).host);
  return {
    ms: median(whole.map((t) => t.all)),
    hostMs: median(whole.map((t) => t.host)),
    encodeMs: median(encode),
    submits,
  };
}

/** Times one model, training and reading; with weights in 16 bits (`half`) it only reads. */
export async function benchModels(
  device: Device,
  spec: ModelSpec,
  options: { repeat: number; half?: boolean; onResult(result: ModelResult): void; onProgress?(text: string): void },
): Promise<void> {
  const passes = [
    ...(options.half ? [] : spec.train).map((batch) => ({ pass: 'train' as const, batch })),
    ...spec.read.map((batch) => ({ pass: 'read' as const, batch })),
  ];
  for (const { pass, batch } of passes) {
    options.onProgress?.(`${spec.model} ${pass} batch ${batch}`);
    const session = createSession(device, runConfig(spec.model, { batch: pass === 'train' ? batch : 1 }));
    try {
      const recorded =
        pass === 'train'
          ? await recordTraining(device, session)
          : await recordReading(device, session, batch, options.half);
      try {
        const timed = await time(device, recorded, options.repeat);
        const { replay, recordMs } = recorded;
        options.onResult({
          model: spec.model,
          pass,
          batch,
          ...timed,
          imagesPerSecond: (batch * 1000) / timed.ms,
          recordMs,
          dispatches: replay.dispatches,
          kernels: Object.fromEntries(replay.kernels()),
        });
      } finally {
        await device.finish();
        recorded.dispose();
      }
    } finally {
      session.dispose();
      await device.trim();
    }
  }
}
