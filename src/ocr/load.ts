import { AbortedError, FormatError, LexelError } from '../gpu/index.ts';
import { type ModelFile, readModel } from './model.ts';
import { loadCopy, type ModelCopy, saveCopy } from './model-cache.ts';
import { checkHash, parseIntegrity, sha256 } from './sha256.ts';
import type { OnProgress } from './types.ts';

/**
 * The models that ship with the package: where each file lies, written out so that bundlers see and copy it. `line-small`, once
 * `models/line-small.safetensors` is there, is one line more:
 * `'line-small': () => new URL('../../models/line-small.safetensors', import.meta.url),`
 */
const SHIPPED: Readonly<Record<string, () => URL>> = {
  'word-small': () => new URL('../../models/word-small.safetensors', import.meta.url),
};

/** The names of the models that ship with the package. */
export const SHIPPED_MODELS: readonly string[] = Object.keys(SHIPPED);

/** What reads single words unless another model is given. */
export const WORD_MODEL = 'word-small';
/** What reads pages unless another model is given: the line reader where it ships, else the word reader, word by word. */
export const PAGE_MODEL: string = SHIPPED_MODELS.includes('line-small') ? 'line-small' : WORD_MODEL;

/** A name of SHIPPED_MODELS, a URL, a path (Node), bytes or a Blob. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/** The address of a model that ships, by its name. */
export function shippedUrl(name: string): URL | undefined {
  return Object.hasOwn(SHIPPED, name) ? SHIPPED[name]() : undefined;
}

/** How a model is fetched; see `RecognizerOptions`. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly progress?: OnProgress;
  readonly integrity?: string;
  readonly cache?: boolean;
}

interface Loaded {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** To be kept once the bytes have proved to be a model. */
  readonly fresh?: { readonly url: string; readonly copy: ModelCopy };
}

async function readFile(url: URL): Promise<Uint8Array> {
  const fs = 'node:fs/promises';
  const { readFile } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ fs)) as {
    readFile(path: URL): Promise<Uint8Array>;
  };
  return readFile(url);
}

/** The body, with progress told as it comes. */
async function bodyOf(response: Response, progress: OnProgress | undefined): Promise<Uint8Array> {
  if (!progress || !response.body) return new Uint8Array(await response.arrayBuffer());
  // A compressed answer is longer than it says.
  const said = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    progress({ stage: 'model', done, total: said > 0 ? said : undefined });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Whether the server may be asked for news of a copy: elsewhere the header would need the other site's permission. */
function mayAsk(url: URL): boolean {
  return typeof location === 'undefined' || location.origin === url.origin;
}

/** Over the network, or the copy kept where it is pinned by its hash, unchanged, or the server cannot be reached. */
async function fetchModel(url: URL, name: string, options: LoadOptions): Promise<Loaded> {
  const { signal, progress, integrity, cache = true } = options;
  const keeps = cache && /^https?:$/.test(url.protocol);
  const kept = keeps ? await loadCopy(url.href) : undefined;
  if (kept && integrity && (await sha256(kept.bytes)) === parseIntegrity(integrity)) return { bytes: kept.bytes, name };
  let response: Response;
  try {
    const headers = kept?.etag && mayAsk(url) ? { 'if-none-match': kept.etag } : undefined;
    response = await fetch(url, { signal, headers });
  } catch (cause) {
    if (!kept || signal?.aborted) throw cause;
    return { bytes: kept.bytes, name };
  }
  if (kept && (response.status === 304 || response.status >= 500)) return { bytes: kept.bytes, name };
  if (!response.ok)
    throw new FormatError(`model: ${url.href} answered ${response.status} ${response.statusText}`, {
      code: 'BAD_MODEL',
      hint: 'Check the address.',
    });
  const bytes = await bodyOf(response, progress);
  const copy = { bytes, etag: response.headers.get('etag') ?? undefined };
  return { bytes, name, fresh: keeps ? { url: url.href, copy } : undefined };
}

async function load(source: ModelSource, options: LoadOptions): Promise<Loaded> {
  const { signal } = options;
  if (source instanceof Uint8Array) return { bytes: source, name: 'model' };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), name: 'model' };
  if (source instanceof Blob)
    return { bytes: new Uint8Array(await source.arrayBuffer()), name: (source as File).name ?? 'model' };
  const text = String(source);
  try {
    let url = shippedUrl(text);
    if (!url && /^(https?|file|blob|data):/.test(text)) url = new URL(text);
    if (!url && typeof document !== 'undefined') url = new URL(text, document.baseURI);
    if (!url) {
      const module = 'node:url';
      const { pathToFileURL } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as {
        pathToFileURL(path: string): URL;
      };
      url = pathToFileURL(text);
    }
    if (url.protocol === 'file:') return { bytes: await readFile(url), name: text };
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
  const { bytes, name, fresh } = await load(source, options);
  if (expected !== undefined) checkHash(name, 'the bytes', await sha256(bytes), expected);
  const file = await readModel(bytes, name);
  if (fresh) await saveCopy(fresh.url, fresh.copy);
  return file;
}
