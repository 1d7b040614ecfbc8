import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Device } from '../../src/gpu/index.ts';
import { openModel, type Progress, writeModel } from '../../src/ocr/index.ts';
import { sha256 } from '../../src/ocr/sha256.ts';
import { randomModel } from './model.ts';

let bytes: Uint8Array;
let folder: string;
let server: Server;
let url: string;
/** What the server answers, and what it was asked for. */
let serve: { body: Uint8Array; etag?: string; status?: number };
let asked: (string | undefined)[];

beforeAll(async () => {
  const device = await Device.create();
  bytes = await writeModel(await randomModel(device));
  device.dispose();
  server = createServer((request, response) => {
    const match = request.headers['if-none-match'];
    asked.push(match);
    const { body, etag, status = 200 } = serve;
    const unchanged = etag !== undefined && match === etag;
    response.writeHead(unchanged ? 304 : status, {
      ...(etag && { etag }),
      ...(!unchanged && { 'content-length': body.length }),
    });
    response.end(unchanged ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/word.safetensors`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lexel-models-'));
  vi.stubEnv('LEXEL_CACHE', folder);
  serve = { body: bytes, etag: '"one"' };
  asked = [];
  return async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  };
});

test('a model is fetched once, told byte by byte, and not sent again while unchanged', async () => {
  const seen: Progress[] = [];
  expect((await openModel(url, { progress: (p) => seen.push(p) })).info.name).toBe('random');
  expect(seen.at(-1)).toEqual({ stage: 'model', done: bytes.length, total: bytes.length });
  seen.length = 0;
  await openModel(url, { progress: (p) => seen.push(p) });
  expect(asked).toEqual([undefined, '"one"']);
  expect(seen).toEqual([]);
  serve.etag = '"two"';
  await openModel(url);
  await openModel(url);
  expect(asked).toEqual([undefined, '"one"', '"one"', '"two"']);
});

test('the copy is used where the server is down or broken', async () => {
  await openModel(url);
  serve = { body: new Uint8Array(0), status: 503 };
  expect((await openModel(url)).info.name).toBe('random');
  const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'));
  expect((await openModel(url)).info.name).toBe('random');
  fetch.mockRestore();
  serve = { body: new Uint8Array(0), status: 404 };
  await expect(openModel(url)).rejects.toMatchObject({ code: 'BAD_MODEL' });
});

test('a damaged copy is fetched again; a damaged answer is refused and never kept', async () => {
  await openModel(url);
  const [file] = (await readdir(join(folder, 'models'))).filter((f) => f.endsWith('.safetensors'));
  await truncate(join(folder, 'models', file), 5000);
  await openModel(url);
  expect(asked).toEqual([undefined, undefined]);

  const damaged = bytes.slice();
  damaged[damaged.length - 5000] ^= 1;
  serve = { body: damaged, etag: '"bad"' };
  await expect(openModel(url)).rejects.toMatchObject({ code: 'INTEGRITY' });
  serve = { body: bytes, status: 500 };
  expect((await openModel(url)).info.name).toBe('random');
});

test('a pinned hash is held to, and its copy needs no network', async () => {
  const hex = await sha256(bytes);
  const base64 = `sha256-${Buffer.from(hex, 'hex').toString('base64')}`;
  await openModel(url, { integrity: hex });
  await openModel(url, { integrity: base64 });
  expect(asked).toHaveLength(1);
  const other = 'ab'.repeat(32);
  await expect(openModel(url, { integrity: other })).rejects.toThrow(
    `${url}: the bytes do not match their checksum (${hex.slice(0, 12)}, expected abababababab)`,
  );
  await expect(openModel(bytes, { integrity: other })).rejects.toMatchObject({ code: 'INTEGRITY' });
  await expect(openModel(bytes, { integrity: 'md5-1' })).rejects.toThrow(
    'integrity: expected 64 hex digits or sha256- and base64, got "md5-1"',
  );
});

test('nothing is kept where not wanted or not possible', async () => {
  await openModel(url, { cache: false });
  expect(await readdir(folder)).toEqual([]);
  vi.stubEnv('LEXEL_CACHE', '/dev/null/nowhere');
  expect((await openModel(url)).info.name).toBe('random');
});

test('an abort while it comes is the typed error', async () => {
  await expect(openModel(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
});
