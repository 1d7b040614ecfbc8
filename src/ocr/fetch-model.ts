import { FormatError } from '../gpu/index.ts';
import type { Loaded, LoadOptions } from './load.ts';
import { loadCopy, saveCopy } from './model-cache.ts';
import { parseIntegrity, sha256 } from './sha256.ts';
import type { OnProgress } from './types.ts';

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
export async function fetchModel(url: URL, name: string, options: LoadOptions): Promise<Loaded> {
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
  return { bytes, name, keep: keeps ? () => saveCopy(url.href, copy) : undefined };
}
