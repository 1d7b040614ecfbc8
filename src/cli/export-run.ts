import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Device, FormatError } from '../gpu/index.ts';
import { Alphabet, createModel, readSafetensors } from '../nn/index.ts';
import { type ModelInfo, packModel } from '../ocr/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { decodeCheckpoint, judgedWeights, type RunConfig } from '../train/index.ts';
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
    return { weights: judgedWeights(c), config: c.config as unknown as RunConfig };
  }
  const file = readSafetensors(bytes, path);
  return { weights: file.tensors, config: JSON.parse(file.metadata.config ?? '{}') as RunConfig };
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
  await using device = await Device.create();
  const bytes = await packModel(device, info, weights);
  writeAtomically(flags.out, bytes);
  using model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes);
  io.err(
    `${flags.out}: ${bytes.byteLength.toLocaleString('en')} bytes, ${model.parameterCount().toLocaleString('en')} parameters\n`,
  );
  return 0;
}
