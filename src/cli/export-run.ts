import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noGrad, Tensor } from '../autograd/index.ts';
import { Device, FormatError } from '../gpu/index.ts';
import { Alphabet, createModel, fromHalf, normaliseInto, Random, readSafetensors, toHalf } from '../nn/index.ts';
import { type ModelInfo, writeModel } from '../ocr/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { decodeCheckpoint, type RunConfig } from '../train/index.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';

export interface ExportFlags {
  out: string;
  name?: string;
  last?: boolean;
}

/** Width of a line model's self-check image: its logits go into the file. */
const LINE_CHECK_WIDTH = 128;

function readRun(run: string, last: boolean) {
  const path = join(run, last ? 'last.ckpt.safetensors' : 'best.safetensors');
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new FormatError(`${path}: cannot be read`, { hint: 'Train first: `lexel train`.', cause });
  }
  if (last) {
    const c = decodeCheckpoint(bytes, path);
    return { weights: c.model, config: c.config as unknown as RunConfig };
  }
  const file = readSafetensors(bytes, path);
  return { weights: file.tensors, config: JSON.parse(file.metadata.config ?? '{}') as RunConfig };
}

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

/** Runs `lexel export`. @throws FormatError when the run holds no weights. */
export async function exportModel(run: string, flags: ExportFlags, io: Io): Promise<ExitCode> {
  const { weights, config } = readRun(run, flags.last ?? false);
  const info: ModelInfo = {
    name: flags.name ?? config.name,
    architecture: config.model,
    alphabet: config.alphabet,
    height: config.height,
    // Lines have any width; the self-check takes a short one.
    width: config.lines ? LINE_CHECK_WIDTH : config.width,
    ...(config.lines && { reads: 'line' as const }),
    normalisation: config.normalisation,
    skip: config.skip,
    scores: {},
  };
  // The expected logits are those of the weights as they are stored, rounded to f16.
  const stored = new Map(
    [...weights].map(([k, t]) => [
      k,
      { shape: t.shape, data: t.data instanceof Float32Array ? t.data.map((v) => fromHalf(toHalf(v))) : t.data },
    ]),
  );
  await using device = await Device.create();
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes);
  model.load(stored);
  model.eval();
  const image = checkImage(info.width, info.height);
  const host = new Float32Array(image.length);
  normaliseInto(image, 0, image.length, host, 0, info.normalisation);
  const x = Tensor.from(device, host, [1, 1, info.height, info.width]);
  const y = await device.step(() => noGrad(() => model.forward(x)));
  const logits = (await y.read()) as Float32Array;
  const bytes = await writeModel({ info, weights: stored, selfCheck: { image, logits } });
  writeAtomically(flags.out, bytes);
  io.err(
    `${flags.out}: ${bytes.byteLength.toLocaleString('en')} bytes, ${model.parameterCount().toLocaleString('en')} parameters\n`,
  );
  y.dispose();
  x.dispose();
  model.dispose();
  return 0;
}
