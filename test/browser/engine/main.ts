/** What the tests call inside a browser page: numbers and text go in and out, everything between is the library. */
import { FineTune, type Sample } from '../../../demo/train/finetune.ts';
import { checkOps, loadSuite, type OpReport, reportCase, summarise } from '../../../src/check/index.ts';
import { Device } from '../../../src/engine.ts';
import { createRecognizer, type Recognizer, readModel } from '../../../src/index.ts';
import { Random } from '../../../src/nn/index.ts';
import { type Readings, readAll, SIZE } from '../agreement.ts';

async function fetched(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const MODEL = './model.safetensors';
const device = await Device.create();
let reader: Recognizer | undefined;

/** A picture of nothing in particular, another for each seed. */
function texture(seed: number): Sample['image'] {
  const random = new Random(seed);
  const grey = Uint8Array.from({ length: SIZE.width * SIZE.height }, () => random.below(256));
  return { ...SIZE, grey };
}

const engine = {
  adapter: device.adapter,

  /** Runs the table of cases; all ops where none is named. */
  async check(ops: readonly string[] | undefined, all: boolean): Promise<OpReport[]> {
    const reports: OpReport[] = [];
    for await (const report of checkOps(device, { ops, all })) reports.push(report);
    return reports;
  },

  /** Runs the cases of a suite in a folder of conformance cases: all, or the first `most` of each op. */
  async conform(dir: string, suite: string, most: number) {
    const { cases } = await loadSuite(dir, suite, fetched);
    const taken = new Map<string, number>();
    const reports = [];
    for (const c of cases) {
      const before = taken.get(c.op) ?? 0;
      taken.set(c.op, before + 1);
      if (before < most) reports.push(await reportCase(device, suite, c));
    }
    return { ...summarise(reports), failures: reports.filter((r) => r.verdict === 'failed') };
  },

  /** Reads pictures given as base64. */
  async agree(images: readonly string[]): Promise<Readings> {
    const bytes = images.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    return readAll(device, await fetched(MODEL), bytes);
  },

  /** Reads so many pictures, one by one, and gives what the device holds after each tenth of them. */
  async read(count: number): Promise<number[]> {
    reader ??= await createRecognizer({ model: await fetched(MODEL), device });
    const held: number[] = [];
    for (let i = 0; i < count; i++) {
      await reader.read(texture(i % 7), { topK: 3, posteriors: true });
      if ((i + 1) % Math.ceil(count / 10) === 0) held.push(engine.held());
    }
    return held;
  },

  /** Fine-tunes for so many steps, looking at the held-out pictures and writing a checkpoint now and then; what the device holds after each. */
  async train(steps: number): Promise<number[]> {
    const samples = Array.from({ length: 8 }, (_, i): Sample => ({ label: `WORD${i}`, image: texture(i) }));
    const base = await readModel(await fetched(MODEL), 'model');
    const settings = { steps, batch: 2, rate: 1e-4, strength: 1, mix: 0, validateEvery: 10, seed: 1 };
    const tune = new FineTune(device, base, samples.slice(0, 6), samples.slice(6), settings);
    const held: number[] = [];
    await tune.run({
      onStep: () => void held.push(engine.held()),
      onCheckpoint: async () => undefined,
    });
    await device.finish();
    tune.dispose();
    return held;
  },

  /** Bytes alive and pooled. */
  held(): number {
    const { liveBytes, pooledBytes } = device.memory();
    return liveBytes + pooledBytes;
  },
};

export type Engine = typeof engine;
Object.assign(window, { engine });
