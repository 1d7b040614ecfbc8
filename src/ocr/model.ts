import { FormatError, type HostArray, type Shape } from '../gpu/index.ts';
import {
  Alphabet,
  ARCHITECTURES,
  type Architecture,
  type InputNormalisation,
  readSafetensors,
  type TensorFile,
  writeSafetensors,
} from '../nn/index.ts';
import { checkHash, sha256 } from './sha256.ts';

/** What a model file says of itself, beside its weights. */
export interface ModelInfo {
  readonly name: string;
  readonly architecture: Architecture;
  readonly alphabet: string;
  readonly height: number;
  /** Of every input, or, where lines are read, of a usual one. */
  readonly width: number;
  /** 'word': pictures are stretched to `width`; 'line': they keep their aspect. Default 'word'. */
  readonly reads?: 'word' | 'line';
  readonly normalisation: InputNormalisation;
  /** Leading time steps that decoding ignores. */
  readonly skip: number;
  /** Scores by test set, as the model card has them. */
  readonly scores: Readonly<Record<string, number>>;
}

/** An image at the model's input size, and the logits that it gives. */
export interface SelfCheck {
  readonly image: Uint8Array;
  readonly logits: Float32Array;
}

/** A model file in memory. */
export interface ModelFile {
  readonly info: ModelInfo;
  readonly weights: ReadonlyMap<string, { shape: Shape; data: HostArray }>;
  /** One image [height, width] and the logits [T, 1, classes] that a right GPU computes for it. */
  readonly selfCheck: SelfCheck | undefined;
}

const VERSION = '1';
const CHECK_IMAGE = 'selfcheck.image';
const CHECK_LOGITS = 'selfcheck.logits';

/** Bytes of the tensors, without the header: what the checksum covers. */
function dataOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return new Uint8Array(bytes.subarray(8 + length));
}

/**
 * Reads a model file and checks its integrity.
 * @throws FormatError (code FORMAT) when it is no model file, LexelError (code INTEGRITY) when its bytes were changed.
 */
export async function readModel(bytes: Uint8Array, name: string): Promise<ModelFile> {
  const file = readSafetensors(bytes, name);
  const m = file.metadata;
  if (m.lexel_model !== VERSION)
    throw new FormatError(`${name}: expected a Lexel model file of version ${VERSION}`, {
      hint: 'Write one with `lexel export`.',
    });
  const digest = await sha256(dataOf(bytes));
  checkHash(name, 'the weights', digest, String(m.sha256));
  const info = parseInfo(m, name);
  const weights = new Map(file.tensors);
  const image = weights.get(CHECK_IMAGE);
  const logits = weights.get(CHECK_LOGITS);
  weights.delete(CHECK_IMAGE);
  weights.delete(CHECK_LOGITS);
  return {
    info,
    weights,
    selfCheck: image && logits && { image: Uint8Array.from(image.data), logits: logits.data as Float32Array },
  };
}

function parseInfo(m: Readonly<Record<string, string>>, name: string): ModelInfo {
  const bad = (why: string): never => {
    throw new FormatError(`${name}: metadata: ${why}`, { hint: 'Export the model again.' });
  };
  const whole = (key: string, least: number): number => {
    const v = Number(m[key]);
    return Number.isInteger(v) && v >= least && v <= 4096
      ? v
      : bad(`${key} must be a whole number, got ${JSON.stringify(m[key])}`);
  };
  const architecture =
    ARCHITECTURES.find((a) => a === m.architecture) ?? bad(`unknown architecture ${JSON.stringify(m.architecture)}`);
  const kind =
    m.normalisation === 'standard' || m.normalisation === 'unit' ? m.normalisation : bad('unknown normalisation');
  let scores: Record<string, number> = {};
  try {
    const alphabet = new Alphabet(m.alphabet ?? '');
    scores = JSON.parse(m.scores ?? '{}') as Record<string, number>;
    return {
      name: m.name ?? name,
      architecture,
      alphabet: alphabet.text,
      height: whole('height', 1),
      width: whole('width', 1),
      ...(m.reads === 'line' && { reads: 'line' as const }),
      normalisation: { kind },
      skip: whole('skip', 0),
      scores,
    };
  } catch (error) {
    if (error instanceof FormatError) throw error;
    return bad((error as Error).message);
  }
}

/** Writes a model file: weights as f16, the self-check image and logits, and the checksum over them. */
export async function writeModel(file: ModelFile): Promise<Uint8Array<ArrayBuffer>> {
  const { info, selfCheck } = file;
  const tensors: TensorFile['tensors'] = new Map(file.weights);
  if (selfCheck) {
    // Grey levels are whole numbers up to 255: exact in f16.
    tensors.set(CHECK_IMAGE, { shape: [info.height, info.width], data: Float32Array.from(selfCheck.image) });
    tensors.set(CHECK_LOGITS, { shape: [selfCheck.logits.length], data: selfCheck.logits });
  }
  const metadata: Record<string, string> = {
    lexel_model: VERSION,
    name: info.name,
    architecture: info.architecture,
    alphabet: info.alphabet,
    height: String(info.height),
    width: String(info.width),
    ...(info.reads === 'line' && { reads: 'line' }),
    normalisation: info.normalisation.kind,
    skip: String(info.skip),
    scores: JSON.stringify(info.scores),
  };
  const half = (n: string) => n !== CHECK_LOGITS;
  const digest = await sha256(dataOf(writeSafetensors({ tensors, metadata }, half)));
  return writeSafetensors({ tensors, metadata: { ...metadata, sha256: digest } }, half);
}
