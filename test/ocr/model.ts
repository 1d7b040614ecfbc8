import { noGrad, Tensor } from '../../src/autograd/index.ts';
import type { Device } from '../../src/gpu/index.ts';
import {
  Alphabet,
  createModel,
  fromHalf,
  LINE_ALPHABET,
  normaliseInto,
  Random,
  toHalf,
  WORD_ALPHABET,
} from '../../src/nn/index.ts';
import type { ModelFile, ModelInfo } from '../../src/ocr/index.ts';

export const info: ModelInfo = {
  name: 'random',
  architecture: 'word-small',
  alphabet: WORD_ALPHABET,
  height: 32,
  width: 128,
  normalisation: { kind: 'standard' },
  skip: 0,
  scores: { words: 0.5 },
};

/** A line reader: pictures keep their aspect. */
export const lineInfo: ModelInfo = {
  ...info,
  name: 'random-line',
  architecture: 'line-small',
  alphabet: LINE_ALPHABET,
  reads: 'line',
};

/** A picture of random grey levels. */
export function noise(seed: number, width: number, height: number) {
  const random = new Random(seed);
  return { width, height, grey: Uint8Array.from({ length: width * height }, () => random.below(256)) };
}

/** A model of random weights with its self-check, as `lexel export` makes one. */
export async function randomModel(device: Device, of: ModelInfo = info): Promise<ModelFile> {
  const model = createModel(device, of.architecture, new Alphabet(of.alphabet).classes, { seed: 11 });
  const weights = new Map(
    [...(await model.state())].map(([k, t]) => [
      k,
      { shape: t.shape, data: (t.data as Float32Array).map((v) => fromHalf(toHalf(v))) },
    ]),
  );
  model.load(weights);
  model.eval();
  const { grey: image } = noise(1, 128, 32);
  const host = new Float32Array(image.length);
  normaliseInto(image, 0, image.length, host, 0, info.normalisation);
  const x = Tensor.from(device, host, [1, 1, 32, 128]);
  const y = await device.step(() => noGrad(() => model.forward(x)));
  const file = { info: of, weights, selfCheck: { image, logits: (await y.read()) as Float32Array } };
  for (const t of [x, y, model]) t.dispose();
  return file;
}
