import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, type Device, FormatError } from '../gpu/index.ts';
import {
  Alphabet,
  createModel,
  fromPyTorch,
  hiddenOf,
  isTorchLayout,
  type Recognizable,
  readSafetensors,
  type Weights,
} from '../nn/index.ts';
import { loadModelBytes, type ModelInfo, readModel, SHIPPED_MODELS } from '../ocr/index.ts';
import { decodeCheckpoint, judgedWeights, type RunConfig, savedConfig } from '../train/index.ts';

/** Weights with what their file says of them. */
export interface NamedWeights {
  readonly name: string;
  /** Under this project's names, or a state_dict's where `torch` is set. */
  readonly weights: Weights;
  readonly torch: boolean;
  /** Absent where the file holds nothing but weights. */
  readonly info?: ModelInfo;
}

/** Lines have any width; the self-check of their model takes a short one. */
const LINE_CHECK_WIDTH = 128;

/** What a model file of a run says of itself. */
export function infoOf(config: RunConfig): ModelInfo {
  const { name, model: architecture, alphabet, height, normalisation, skip, lines } = config;
  const width = lines ? LINE_CHECK_WIDTH : config.width;
  const reads = lines ? ({ reads: 'line' } as const) : {};
  return { name, architecture, alphabet, height, width, ...reads, normalisation, skip, scores: {} };
}

/** The file that a path means: of a run folder its best weights, or else its last. */
export function weightsFile(path: string, last = false): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const best = join(path, 'best.safetensors');
  return last || !existsSync(best) ? join(path, 'last.ckpt.safetensors') : best;
}

/**
 * Reads weights: a model that ships, a model file, a run folder, its checkpoint or its best weights, or a PyTorch state_dict.
 * @throws FormatError, LexelError (INTEGRITY)
 */
export async function readWeights(source: string, last = false): Promise<NamedWeights> {
  const path = weightsFile(source, last);
  const bytes = await bytesOf(path);
  const { metadata, tensors } = readSafetensors(bytes, path);
  if (metadata.lexel_model !== undefined) {
    const { info, weights } = await readModel(bytes, path);
    return { name: info.name, weights, torch: false, info };
  }
  if (metadata.lexel_checkpoint !== undefined) {
    const checkpoint = decodeCheckpoint(bytes, path);
    const info = infoOf(savedConfig(checkpoint.config));
    return { name: info.name, weights: judgedWeights(checkpoint), torch: false, info };
  }
  const torch = isTorchLayout(tensors);
  if (metadata.config === undefined) return { name: path, weights: tensors, torch };
  const info = infoOf(savedConfig(JSON.parse(metadata.config) as Record<string, unknown>));
  return { name: info.name, weights: tensors, torch, info };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  if (SHIPPED_MODELS.includes(path) || /^(https?|file|blob|data):/.test(path))
    return (await loadModelBytes(path)).bytes;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FormatError(`${path}: cannot be read`, {
      hint: `Give a .safetensors file, a run folder, or a model that ships: ${SHIPPED_MODELS.join(', ')}.`,
      cause,
    });
  }
}

/** The weights under `model`'s own names. @throws FormatError */
export function ownWeights(given: NamedWeights, model: Recognizable): Weights {
  return given.torch ? fromPyTorch(given.weights, model.namedTensors()) : given.weights;
}

/** A model with its weights, ready to read. @throws ArgumentError when the file does not say what model it is for. */
export function buildModel(
  device: Device,
  given: NamedWeights,
  info = given.info,
): { model: Recognizable; info: ModelInfo } {
  if (!info)
    throw new ArgumentError(`${given.name}: holds weights alone, without the model they are for`, {
      hint: 'Name it with --config, as in `lexel export weights.safetensors --config article-lstm --out model.safetensors`.',
    });
  const model = createModel(device, info.architecture, new Alphabet(info.alphabet).classes, {
    hidden: hiddenOf(given.weights),
  });
  try {
    model.load(ownWeights(given, model));
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, info };
}
