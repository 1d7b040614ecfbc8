/** A server under test, with a reader that needs no GPU. */
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect } from 'vitest';
import { type App, type AppOptions, createApp } from '../../src/cli/server/app.ts';
import type { BatchReader } from '../../src/cli/server/batcher.ts';
import { AbortedError, DeviceLostError, ImageError } from '../../src/gpu/errors.ts';
import type { ReadManyOptions } from '../../src/ocr/index.ts';

/** A batch that was read. */
interface Seen {
  /** Its pictures, as far as they were taken. */
  readonly texts: string[];
  readonly options: Omit<ReadManyOptions, 'signal'>;
}

/** Rejects once the signal fires. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, fail) => {
    signal?.addEventListener('abort', () => fail(new AbortedError('read: aborted')));
  });
}

/** Reads the bytes as the text; waits for `gate` after each picture that it takes, and heeds the signal there. */
export function fakeReader(
  gate: () => Promise<void> = async () => undefined,
  networkMs: (batchSize: number) => number = () => 0,
): { reader: BatchReader; seen: Seen[] } {
  const seen: Seen[] = [];
  const reader: BatchReader = {
    async *readMany(images, { signal, ...options }) {
      const texts: string[] = [];
      seen.push({ texts, options });
      const gone = aborted(signal);
      gone.catch(() => undefined);
      for (const image of images) {
        texts.push(new TextDecoder().decode(image));
        await Promise.race([gate(), gone]);
      }
      for (const text of texts) {
        if (text === 'lost') throw new DeviceLostError('the device was lost', { hint: 'Wait.' });
        if (text === 'fault') throw new Error('secret path /home/me');
        if (text === 'bad') yield { error: new ImageError('image: expected a PNG or JPEG', { hint: 'Send another.' }) };
        else {
          const timing = { decodeMs: 0, prepareMs: 0, networkMs: networkMs(options.batchSize ?? 0), searchMs: 0 };
          yield { text, confidence: 1, chars: [], alternatives: [], timing, adapter: 'none' };
        }
      }
    },
  };
  return { reader, seen };
}

let app: App | undefined;
export const faults: unknown[] = [];

/** Starts a server that ends with the test. @returns its address, without a slash at the end */
export async function start(
  options: Partial<AppOptions> & { reader: BatchReader },
  address = '127.0.0.1',
): Promise<string> {
  faults.length = 0;
  app = createApp({
    about: { model: 'none' },
    demo: undefined,
    body: { maxBytes: 1000, timeoutMs: 5000 },
    readTimeoutMs: 5000,
    batch: { maxBatch: 8, maxQueue: 16 },
    allowOrigins: [],
    onFault: (error) => faults.push(error),
    ...options,
  });
  const { server } = app;
  await new Promise<void>((done) => server.listen(0, address, done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(async () => {
  await app?.stop(0);
  app = undefined;
});

/** Stops the server before the test's end. */
export async function stop(graceMs: number): Promise<void> {
  const stopped = app?.stop(graceMs);
  app = undefined;
  await stopped;
}

/** How many connections the server has open. */
export function connections(): Promise<number> {
  return new Promise((done) => app?.server.getConnections((_, count) => done(count)));
}

/** Waits until so many pictures wait for their turn. */
export async function untilWaiting(url: string, count: number): Promise<void> {
  await expect.poll(async () => (await (await fetch(`${url}/health`)).json()).waiting, { timeout: 20_000 }).toBe(count);
}

export async function post(url: string, body: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

export const bytes = (text: string) => new TextEncoder().encode(text);

/** A promise that waits until it is opened. */
export function closedGate(): { gate: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const gate = new Promise<void>((done) => {
    open = done;
  });
  return { gate, open: () => open() };
}

/** Sends a text as it is. @returns what came back until the connection closed */
export function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (part) => {
    answer += part;
  });
  return new Promise((done, fail) => {
    socket.on('close', () => done(answer));
    socket.on('error', fail);
  });
}

/** A form with these pictures. */
export function formOf(texts: readonly string[]): FormData {
  const form = new FormData();
  for (const text of texts) form.append('picture', new Blob([text]), `${text}.png`);
  return form;
}
