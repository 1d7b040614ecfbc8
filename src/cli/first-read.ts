/** A process of its own that reads one word as soon as it can and says when it had done what; forked by first-read-run.ts. */
import { performance } from 'node:perf_hooks';

/** What a fresh process took, in milliseconds since it was started; `warm` for each read after the first. */
export interface FirstRead {
  /** Node runs, the library is loaded. */
  readonly loaded: number;
  /** Adapter and device are open, the model's weights are on them. */
  readonly opened: number;
  /** The first word is read; kernels were compiled for it. */
  readonly first: number;
  /** Median of the reads that follow. */
  readonly warm: number;
  /** Median of a word among BATCH that are read together, taken in turn with the single reads. */
  readonly batched: number;
  readonly adapter: string;
}

const WARM = 21;

/** Words read together, and how often. */
const BATCH = 32;
const BATCHES = 7;

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1];

/** A word's worth of strokes: what is read does not matter. */
function picture() {
  const [width, height] = [128, 32];
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    (i % width) % 10 < 3 && i > 6 * width && i < 26 * width ? 30 : 225,
  );
  return { width, height, data };
}

if (process.send) {
  await import('../gpu/host.node.ts');
  await import('../kernels/host.node.ts');
  await import('../ocr/host.node.ts');
  const { createRecognizer } = await import('../ocr/index.ts');
  const loaded = performance.now();
  await using ocr = await createRecognizer();
  const opened = performance.now();
  await ocr.read(picture());
  const first = performance.now();
  const words = Array.from({ length: BATCH }, picture);
  const readTogether = async () => {
    for await (const reading of ocr.readMany(words, { batchSize: BATCH })) if (reading.error) throw reading.error;
  };
  // Kernels for this many words are compiled before anything is timed.
  await readTogether();
  const single: number[] = [];
  const together: number[] = [];
  for (let b = 0; b < BATCHES; b++) {
    for (let i = 0; i < WARM / BATCHES; i++) {
      const start = performance.now();
      await ocr.read(picture());
      single.push(performance.now() - start);
    }
    const start = performance.now();
    await readTogether();
    together.push((performance.now() - start) / BATCH);
  }
  const [warm, batched] = [median(single), median(together)];
  const result: FirstRead = { loaded, opened, first, warm, batched, adapter: ocr.adapter.description };
  process.send(result);
  process.disconnect();
}
