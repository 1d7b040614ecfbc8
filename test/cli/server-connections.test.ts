/** lexel serve: connections that are slow, left open or cut off, and the pages they fetch. */
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connections, fakeReader, faults, raw, start, stop } from './serving.ts';

const LARGE = 32 * 2 ** 20;
let demo: string;
beforeEach(() => {
  demo = mkdtempSync(join(tmpdir(), 'lexel-pages-'));
  writeFileSync(join(demo, 'index.html'), '<title>pages</title>');
  mkdirSync(join(demo, 'empty'));
});
afterEach(() => rmSync(demo, { recursive: true }));

/** Adds a page of more than the buffers between server and client hold. */
function addLarge(): void {
  writeFileSync(join(demo, 'large.bin'), Buffer.alloc(LARGE));
}

/** A connection that takes nothing of what comes until it is told to. */
async function connection(url: string, text = ''): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  await new Promise<void>((done) => socket.once('connect', () => done()));
  if (text !== '') socket.write(text);
  return socket;
}

/** Seconds that something takes. */
async function secondsOf(work: Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work;
  return (performance.now() - from) / 1000;
}

const closed = (socket: Socket) => new Promise<void>((done) => socket.once('close', () => done()));
const GET_LARGE = 'GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('a head that does not end is cut off with 408 as a body is', async () => {
  const url = await start({ reader: fakeReader().reader, body: { maxBytes: 1000, timeoutMs: 100 } });
  let answer = '';
  const took = await secondsOf(
    raw(url, 'GET /health HTTP/1.1\r\nHost: loc').then((text) => {
      answer = text;
    }),
  );
  expect(answer).toContain('HTTP/1.1 408');
  expect(took).toBeLessThan(15);
});

test('a client that does not take its answer is cut off', async () => {
  addLarge();
  const url = await start({
    reader: fakeReader().reader,
    demo,
    body: { maxBytes: 1000, timeoutMs: 100 },
    readTimeoutMs: 100,
  });
  const stalled = await connection(url, GET_LARGE);
  await expect.poll(connections).toBe(1);
  await expect.poll(connections, { timeout: 20_000 }).toBe(0);
  stalled.destroy();
});

test('times that are no whole milliseconds will do', async () => {
  const url = await start({
    reader: fakeReader().reader,
    body: { maxBytes: 1000, timeoutMs: 50.5 },
    readTimeoutMs: 50.5,
  });
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('HEAD says what GET would, without the body', async () => {
  const url = await start({ reader: fakeReader().reader, demo });
  for (const path of ['/', '/health', '/nowhere']) {
    const [head, get] = await Promise.all([fetch(`${url}${path}`, { method: 'HEAD' }), fetch(`${url}${path}`)]);
    const kept = ['content-type', 'content-length', 'etag'];
    expect([head.status, ...kept.map((k) => head.headers.get(k))], path).toEqual([
      get.status,
      ...kept.map((k) => get.headers.get(k)),
    ]);
    expect((await head.text()).length).toBe(0);
    expect((await get.arrayBuffer()).byteLength).toBe(Number(get.headers.get('content-length')));
  }
});

test.each(['bytes=5-2', 'bytes=-5', 'bytes=x', 'bytes', 'bytes=9999999-'])(
  'a range of %s is the whole page',
  async (range) => {
    const url = await start({ reader: fakeReader().reader, demo });
    const page = await fetch(`${url}/`, { headers: { range }, signal: AbortSignal.timeout(10_000) });
    expect([page.status, await page.text()]).toEqual([200, '<title>pages</title>']);
    expect(faults).toEqual([]);
  },
);

test('a page that has gone since the start is a fault told, and the server goes on', async () => {
  const url = await start({ reader: fakeReader().reader, demo });
  rmSync(join(demo, 'index.html'));
  await expect(fetch(`${url}/`)).rejects.toThrow();
  expect(faults).toMatchObject([{ code: 'ENOENT' }]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test.each([
  '/../secret',
  '/..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/....//etc/passwd',
  '/..\\..\\etc\\passwd',
  '/%00',
  '/%',
  '/%c0%ae%c0%ae/etc/passwd',
  '/empty',
])('the path %s is no file', async (path) => {
  const url = await start({ reader: fakeReader().reader, demo });
  const answer = await raw(url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
  expect(faults).toEqual([]);
});

test('connections that wait for nothing do not hold up the end', async () => {
  const url = await start({ reader: fakeReader().reader });
  const unused = await connection(url);
  const idle = await connection(url, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((done) => idle.once('readable', done));
  const gone = [closed(unused), closed(idle)];
  unused.resume();
  idle.resume();
  expect(await secondsOf(stop(60_000))).toBeLessThan(20);
  await Promise.all(gone);
});

test('a page on its way at the end arrives whole, and its connection is closed then', async () => {
  addLarge();
  const url = await start({ reader: fakeReader().reader, demo });
  const socket = await connection(url, GET_LARGE);
  await new Promise((done) => socket.once('readable', done));
  const stopped = secondsOf(stop(60_000));
  let size = 0;
  socket.on('data', (part) => {
    size += part.length;
  });
  const ended = closed(socket);
  socket.resume();
  await ended;
  expect(size).toBeGreaterThan(LARGE);
  expect(await stopped).toBeLessThan(4);
});

/** Files of that name that this process has open. */
const openFiles = (name: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith(name);
    } catch {
      return false;
    }
  }).length;

test.runIf(process.platform === 'linux')('a client that goes in the middle of a page leaves no file open', async () => {
  addLarge();
  const url = await start({ reader: fakeReader().reader, demo });
  const socket = await connection(url, GET_LARGE);
  await expect.poll(() => openFiles('large.bin')).toBe(1);
  socket.destroy();
  await expect.poll(() => openFiles('large.bin')).toBe(0);
});
