import { AbortedError, FormatError, getHost, LexelError } from '../gpu/index.ts';
import { type ModelFile, readModel } from './model.ts';
import { checkHash, parseIntegrity, sha256 } from './sha256.ts';
import { modules } from './shipped.gen.ts';
import type { OnProgress } from './types.ts';

/** The names of the models that ship with the package: the files of `models/`. */
export const SHIPPED_MODELS: readonly string[] = Object.keys(modules);

/** What reads single words unless another model is given. */
export const WORD_MODEL = 'word-small';
/** What reads pages unless another model is given: the line reader where it ships, else the word reader, word by word. */
export const PAGE_MODEL: string = SHIPPED_MODELS.includes('line-small') ? 'line-small' : WORD_MODEL;

/** A name of SHIPPED_MODELS, a URL, a path (Node), bytes or a Blob. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/**
 * The bytes of a model that ships; undefined where none has this name. Each is a module of its own, imported when it is asked for: every
 * bundler and every server understands that, and needs no set-up.
 */
async function shipped(name: string, progress: OnProgress | undefined): Promise<Uint8Array | undefined> {
  if (!Object.hasOwn(modules, name)) return undefined;
  progress?.({ stage: 'model', done: 0, total: undefined });
  try {
    const bytes = fromBase64((await modules[name]()).base64);
    progress?.({ stage: 'model', done: bytes.length, total: bytes.length });
    return bytes;
  } catch (cause) {
    throw new FormatError(`model: the module that holds ${JSON.stringify(name)} could not be loaded`, {
      code: 'BAD_MODEL',
      hint: `Serve its chunk; without a bundler ${name}.js beside lexel.js.`,
      cause,
    });
  }
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The address that a text names: whole, a path under Node, or relative to the page or the worker. */
function addressOf(text: string, host: ReturnType<typeof getHost>): URL {
  if (/^(https?|file|blob|data):/.test(text)) return new URL(text);
  if (host) return host.pathToUrl(text);
  return new URL(text, typeof document === 'undefined' ? location.href : document.baseURI);
}

/** How a model is fetched; see `RecognizerOptions`. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly progress?: OnProgress;
  readonly integrity?: string;
  readonly cache?: boolean;
}

/** A model's bytes, and where they came from. */
export interface Loaded {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Keeps a copy for use without a network; to be called once the bytes have proved to be a model. */
  readonly keep?: () => Promise<void>;
}

async function load(source: ModelSource, options: LoadOptions): Promise<Loaded> {
  const { signal } = options;
  if (source instanceof Uint8Array) return { bytes: source, name: 'model' };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), name: 'model' };
  if (source instanceof Blob)
    return { bytes: new Uint8Array(await source.arrayBuffer()), name: (source as File).name ?? 'model' };
  const text = String(source);
  try {
    const own = await shipped(text, options.progress);
    if (own) return { bytes: own, name: text };
    const host = getHost();
    const url = addressOf(text, host);
    if (host && url.protocol === 'file:') return { bytes: await host.readFile(url), name: text };
    // Readers of the model that ships do without this code.
    const { fetchModel } = await import('./fetch-model.ts');
    return await fetchModel(url, text, options);
  } catch (cause) {
    if (cause instanceof LexelError) throw cause;
    if (signal?.aborted) throw new AbortedError('model: loading was aborted', { cause });
    throw new FormatError(`model: ${JSON.stringify(text)} could not be loaded: no such file or address`, {
      code: 'BAD_MODEL',
      hint: `Models that ship with lexel: ${SHIPPED_MODELS.join(', ')}; anything else is a path or URL.`,
      cause,
    });
  }
}

/**
 * Fetches a model's bytes.
 * @throws FormatError (code BAD_MODEL) when there is no such model, AbortedError when the signal fired.
 */
export async function loadModelBytes(
  source: ModelSource,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; name: string }> {
  const { bytes, name } = await load(source, { signal, cache: false });
  return { bytes, name };
}

/**
 * Fetches a model and reads it. One from an http(s) address is kept, so that it loads without a network next time.
 * @throws FormatError (code BAD_MODEL, FORMAT), LexelError (code INTEGRITY), AbortedError
 */
export async function openModel(source: ModelSource, options: LoadOptions = {}): Promise<ModelFile> {
  const expected = options.integrity === undefined ? undefined : parseIntegrity(options.integrity);
  const { bytes, name, keep } = await load(source, options);
  if (expected !== undefined) checkHash(name, 'the bytes', await sha256(bytes), expected);
  const file = await readModel(bytes, name);
  await keep?.();
  return file;
}
