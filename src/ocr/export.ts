import { noGrad, Tensor } from '../autograd/index.ts';
import type { Device } from '../gpu/index.ts';
import { Alphabet, createModel, fromHalf, hiddenOf, normaliseInto, Random, toHalf } from '../nn/index.ts';
import { type ModelFile, type ModelInfo, writeModel } from './model.ts';

/** A picture that every GPU can make for itself: soft bars and dots with the spectrum of a word. */
function checkImage(width: number, height: number): Uint8Array {
  const random = new Random(2026);
  const image = new Uint8Array(width * height);
  const bars = Array.from({ length: 24 }, () => ({
    x: random.uniform() * width,
    w: 1 + 3 * random.uniform(),
    top: (random.uniform() * height) / 2,
    bottom: height / 2 + (random.uniform() * height) / 2,
  }));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const dark = bars.some((b) => Math.abs(x - b.x) < b.w && y > b.top && y < b.bottom);
      image[y * width + x] = (dark ? 60 : 190) + random.below(20);
    }
  return image;
}

/**
 * Trained weights as the bytes of a model file: rounded to f16, with a self-check image and the logits that the rounded
 * weights give for it on this device.
 * @throws FormatError when the weights do not fit the architecture that `info` names.
 */
export async function packModel(
  device: Device,
  info: ModelInfo,
  weights: ModelFile['weights'],
): Promise<Uint8Array<ArrayBuffer>> {
  const stored = new Map(
    [...weights].map(([k, t]) => [
      k,
      { shape: t.shape, data: t.data instanceof Float32Array ? t.data.map((v) => fromHalf(toHalf(v))) : t.data },
    ]),
  );
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes, {
    hidden: hiddenOf(weights),
  });
  try {
    model.load(stored);
    model.eval();
    const image = checkImage(info.width, info.height);
    const host = new Float32Array(image.length);
    normaliseInto(image, 0, image.length, host, 0, info.normalisation);
    const x = Tensor.from(device, host, [1, 1, info.height, info.width]);
    const y = await device.step(() => noGrad(() => model.forward(x)));
    const logits = (await y.read()) as Float32Array;
    y.dispose();
    x.dispose();
    return await writeModel({ info, weights: stored, selfCheck: { image, logits } });
  } finally {
    model.dispose();
  }
}
