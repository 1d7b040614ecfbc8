/** The same words through the same model on any adapter, in Node and in browsers: what is compared are logits and texts. */
import type { Device } from '../../src/engine.ts';
import { createRecognizer, readModel } from '../../src/index.ts';
import { normalised } from '../../src/ocr/fit.ts';
import { Network } from '../../src/ocr/network.ts';

/** Size of the pictures: that of the model's input. */
export const SIZE = { width: 128, height: 32 } as const;

export interface Readings {
  readonly adapter: string;
  readonly texts: string[];
  /** [images, steps * classes] */
  readonly logits: number[][];
}

/** Reads pictures of `SIZE`, one by one for the logits, in batches for the text. */
export async function readAll(
  device: Device,
  model: Uint8Array,
  images: readonly Uint8Array<ArrayBuffer>[],
): Promise<Readings> {
  const file = await readModel(model, 'model');
  const network = await Network.open(file, { device });
  const logits: number[][] = [];
  for (const image of images) {
    const [launch] = network.plan([normalised(image, SIZE.width, file.info)], 1);
    const [part] = await network.run(launch);
    logits.push(Array.from(part.logits));
  }
  await network.dispose();
  const ocr = await createRecognizer({ model, device });
  const texts: string[] = [];
  const inputs = images.map((grey) => ({ ...SIZE, grey }));
  for await (const got of ocr.readMany(inputs, { batchSize: 10 })) {
    if (got.error) throw got.error;
    texts.push(got.text);
  }
  await ocr.dispose();
  return { adapter: device.adapter.description, texts, logits };
}

/** The greatest difference of two sets of logits; infinite where they are not of one shape. */
export function greatestDifference(a: Readings, b: Readings): number {
  if (a.logits.length !== b.logits.length) return Number.POSITIVE_INFINITY;
  return a.logits.reduce((most, row, i) => {
    const other = b.logits[i];
    if (row.length !== other.length) return Number.POSITIVE_INFINITY;
    return row.reduce((m, v, k) => Math.max(m, Math.abs(v - other[k])), most);
  }, 0);
}
