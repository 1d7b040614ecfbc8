import { AbortedError, ArgumentError, FormatError, LexelError } from '../gpu/index.ts';

/** The models that ship with the package. */
export const SHIPPED_MODELS = ['word-small'] as const;

/** A name of SHIPPED_MODELS, a URL, a path (Node), bytes or a Blob. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer | Blob;

function shippedUrl(name: string): URL | undefined {
  // Written out for each model, so that bundlers see and copy the file.
  if (name === 'word-small') return new URL('../../models/word-small.safetensors', import.meta.url);
  return undefined;
}

async function fetchBytes(url: URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    const fs = 'node:fs/promises';
    const { readFile } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ fs)) as {
      readFile(path: URL): Promise<Uint8Array>;
    };
    return readFile(url);
  }
  const response = await fetch(url, { signal });
  if (!response.ok)
    throw new FormatError(`model: ${url.href} answered ${response.status} ${response.statusText}`, {
      code: 'BAD_MODEL',
      hint: 'Check the address.',
    });
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Fetches a model's bytes.
 * @throws FormatError (code BAD_MODEL) when there is no such model, AbortedError when the signal fired.
 */
export async function loadModelBytes(
  source: ModelSource,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; name: string }> {
  if (source instanceof Uint8Array) return { bytes: source, name: 'model' };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), name: 'model' };
  if (source instanceof Blob)
    return { bytes: new Uint8Array(await source.arrayBuffer()), name: (source as File).name ?? 'model' };
  const text = String(source);
  try {
    const shipped = shippedUrl(text);
    if (shipped) return { bytes: await fetchBytes(shipped, signal), name: text };
    if (/^(https?|file|blob|data):/.test(text)) return { bytes: await fetchBytes(new URL(text), signal), name: text };
    if (typeof document !== 'undefined')
      return { bytes: await fetchBytes(new URL(text, document.baseURI), signal), name: text };
    const url = 'node:url';
    const { pathToFileURL } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ url)) as {
      pathToFileURL(path: string): URL;
    };
    return { bytes: await fetchBytes(pathToFileURL(text), signal), name: text };
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
 * Checks that a model file is the one that was asked for.
 * @param integrity SHA-256 as 64 hex digits, or as `sha256-` and base64
 * @throws ArgumentError when `integrity` is neither, LexelError (code INTEGRITY) when the file is another
 */
export async function checkIntegrity(bytes: Uint8Array, integrity: string, name: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  const hex = [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');
  const base64 = `sha256-${btoa(String.fromCharCode(...digest))}`;
  if (!/^(?:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=)$/i.test(integrity))
    throw new ArgumentError(`model: integrity must be 64 hex digits or sha256- and base64, got ${integrity}`);
  if (integrity.toLowerCase() !== hex && integrity !== base64)
    throw new LexelError(`model ${name}: its SHA-256 is ${hex}, expected ${integrity}`, {
      code: 'INTEGRITY',
      hint: 'The file is another than the one asked for, or was changed on its way.',
    });
}
