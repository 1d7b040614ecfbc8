/** lexel serve, with a reader that needs no GPU. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytes, closedGate, fakeReader, faults, post, raw, start, stop, untilWaiting } from './serving.ts';

test('a picture as the body, or several as a form, in order', async () => {
  const url = await start({ reader: fakeReader().reader });
  const one = await post(`${url}/read`, bytes('WORD'), { 'content-type': 'image/png' });
  expect(one).toMatchObject({ status: 200, body: { readings: [{ text: 'WORD', confidence: 1 }] } });
  expect(one.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const form = new FormData();
  form.append('a', new Blob(['ONE']), 'one.png');
  form.append('note', 'no picture');
  form.append('b', new Blob(['bad']), 'two.png');
  form.append('c', new Blob(['THREE']), 'three.png');
  const several = await post(`${url}/read`, form);
  expect(several.status).toBe(200);
  expect(several.body.readings).toMatchObject([
    { name: 'one.png', text: 'ONE' },
    { name: 'two.png', error: { code: 'BAD_IMAGE', hint: 'Send another.' } },
    { name: 'three.png', text: 'THREE' },
  ]);
});

test('what comes while a batch is read is read together, in batches of what is asked alike', async () => {
  const { gate, open } = closedGate();
  const { reader, seen } = fakeReader(() => gate);
  const url = await start({ reader });
  const first = post(`${url}/read`, bytes('A'));
  await expect.poll(() => seen.length).toBe(1);
  const rest = [...'BCDEFGHIJK'].map((letter) => post(`${url}/read`, bytes(letter)));
  const digits = post(`${url}/read?alphabet=0123&topK=2`, bytes('1'));
  await untilWaiting(url, 11);
  open();
  const texts = (await Promise.all([first, ...rest, digits])).map(
    (r) => (r.body.readings as { text: string }[])[0].text,
  );
  expect(texts.join('')).toBe('ABCDEFGHIJK1');
  expect(seen.map((s) => s.texts.length).sort((a, b) => a - b)).toEqual([1, 1, 2, 8]);
  expect(seen.find((s) => s.texts.length === 8)?.options).toEqual({ batchSize: 8 });
  expect(seen.find((s) => s.options.alphabet)?.options).toEqual({ alphabet: '0123', topK: 2, batchSize: 1 });
});

test.each([
  ['a body too large', '/read', 'x'.repeat(1001), {}, 413, 'BODY_TOO_LARGE'],
  ['an empty body', '/read', '', {}, 400, 'NO_IMAGE'],
  ['another type', '/read', '{}', { 'content-type': 'application/json' }, 415, 'BAD_TYPE'],
  ['a form without boundary', '/read', 'x', { 'content-type': 'multipart/form-data' }, 400, 'BAD_FORM'],
  ['no picture', '/read', 'bad', {}, 422, 'BAD_IMAGE'],
  ['a lost device', '/read', 'lost', {}, 503, 'DEVICE_LOST'],
  ['a fault', '/read', 'fault', {}, 500, 'INTERNAL'],
  ['an unknown option', '/read?top=3', 'x', {}, 400, 'ARGUMENT'],
  ['an option out of range', '/read?topK=0', 'x', {}, 400, 'ARGUMENT'],
  ['another method', '/health', 'x', {}, 405, 'BAD_METHOD'],
])('%s is an error with its status, code and remedy', async (_, path, body, headers, status, code) => {
  const url = await start({ reader: fakeReader().reader });
  const got = await post(`${url}${path}`, bytes(body), headers);
  expect(got.status).toBe(status);
  const { error } = got.body as { error: { code: string; message: string; hint: string } };
  expect(error.code).toBe(code);
  expect(error.message).not.toBe('');
  expect(error.hint).toMatch(/\.$/);
  expect(JSON.stringify(error)).not.toContain('secret');
  expect(faults).toHaveLength(code === 'INTERNAL' || code === 'DEVICE_LOST' ? 1 : 0);
  // The server goes on.
  expect((await post(`${url}/read`, bytes('WORD'))).status).toBe(200);
});

test('the texts of refusals', async () => {
  const url = await start({ reader: fakeReader().reader });
  const text = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const { error } = (await post(`${url}${path}`, bytes(body), headers)).body as { error: Record<string, string> };
    return `${error.message}; ${error.hint}`;
  };
  expect(await text('/read', 'x'.repeat(1001))).toBe(
    'body: expected at most 1000 bytes, got more; Crop or scale the picture, send fewer at once, or start the server with a larger --max-body.',
  );
  expect(await text('/read', '')).toBe(
    'body: expected a picture, got none; Send the bytes of a PNG or JPEG as the body, or as files of a form (multipart/form-data).',
  );
  expect(await text('/read', '{}', { 'content-type': 'application/json' })).toBe(
    'body: expected image/png, image/jpeg or multipart/form-data, got application/json; Set the content-type to that of the picture.',
  );
  expect(await text('/read', 'x', { 'content-type': 'multipart/form-data' })).toBe(
    'body: expected a form (multipart/form-data), got something that does not parse as one; Let the client make the form and its content-type, with the boundary in it.',
  );
  expect(await text('/health', 'x')).toBe('/health: expected GET, HEAD, got POST; Use GET, HEAD.');
  expect(await text('/read?topK=0', 'x')).toBe('read: topK must be from 1 to 999, got 0; Use topK=3.');
  expect(await text('/read?top=3', 'x')).toBe('read: expected topK or alphabet in the query, got top; Leave it out.');
});

test('a body of unknown length is cut off at the limit, and one that asks first is refused unsent', async () => {
  const url = await start({ reader: fakeReader().reader });
  const status = (r: ReturnType<typeof httpRequest>) =>
    new Promise((done) => r.on('response', (response) => done(response.resume().statusCode)));
  // Its end never comes.
  const endless = httpRequest(`${url}/read`, { method: 'POST' });
  endless.on('error', () => undefined);
  for (let i = 0; i < 3; i++) endless.write('x'.repeat(400));
  expect(await status(endless)).toBe(413);
  endless.destroy();
  const asked = httpRequest(`${url}/read`, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-length': 5000 },
  });
  let continued = false;
  asked.on('continue', () => {
    continued = true;
  });
  asked.flushHeaders();
  expect([await status(asked), continued]).toEqual([413, false]);
  asked.destroy();
});

test('a body that does not end in time is 408, a read that does not 503', async () => {
  const { gate, open } = closedGate();
  const { reader } = fakeReader(() => gate);
  const url = await start({ reader, body: { maxBytes: 1000, timeoutMs: 100 }, readTimeoutMs: 100 });
  const answer = await raw(url, 'POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
  expect(answer).toContain('HTTP/1.1 408');
  expect(answer).toContain('"code":"BODY_TIMEOUT","message":"body: expected all of it within 0.1 s"');
  const late = await post(`${url}/read`, bytes('WORD'));
  expect(late).toMatchObject({
    status: 503,
    body: { error: { code: 'READ_TIMEOUT', message: 'read: expected an answer within 0.1 s' } },
  });
  expect(late.headers.get('retry-after')).toBe('1');
  open();
});

test('more pictures than may wait are refused at once', async () => {
  const { gate, open } = closedGate();
  const { reader, seen } = fakeReader(() => gate);
  const url = await start({ reader, batch: { maxBatch: 1, maxQueue: 2 } });
  const first = post(`${url}/read`, bytes('A'));
  await expect.poll(() => seen.length).toBe(1);
  const waiting = [post(`${url}/read`, bytes('B')), post(`${url}/read`, bytes('C'))];
  await untilWaiting(url, 2);
  expect(await post(`${url}/read`, bytes('D'))).toMatchObject({
    status: 503,
    body: { error: { code: 'BUSY', message: 'serve: expected at most 2 pictures to wait, got more' } },
  });
  open();
  for (const { status } of await Promise.all([first, ...waiting])) expect(status).toBe(200);
});

test('a picture whose client has gone is not read', async () => {
  const { gate, open } = closedGate();
  const { reader, seen } = fakeReader(() => gate);
  const url = await start({ reader });
  const first = post(`${url}/read`, bytes('A'));
  await expect.poll(() => seen.length).toBe(1);
  const gone = new AbortController();
  const second = fetch(`${url}/read`, { method: 'POST', body: bytes('B'), signal: gone.signal });
  await untilWaiting(url, 1);
  gone.abort();
  await expect(second).rejects.toThrow();
  await untilWaiting(url, 0);
  open();
  expect((await first).status).toBe(200);
  expect((await post(`${url}/read`, bytes('C'))).status).toBe(200);
  expect(seen.map((s) => s.texts.length)).toEqual([1, 1]);
});

test('pages are served from their folder and from nowhere else', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lexel-serve-'));
  try {
    mkdirSync(join(home, 'demo'));
    writeFileSync(join(home, 'demo', 'index.html'), '<title>pages</title>');
    writeFileSync(join(home, 'secret.txt'), 'secret');
    const url = await start({ reader: fakeReader().reader, demo: join(home, 'demo') });
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('pages');
    for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/nowhere']) {
      const missing = await fetch(`${url}${path}`);
      expect(missing.status, path).toBe(404);
      expect(await missing.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
    }
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', model: 'none', waiting: 0 });
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('stopping lets what has begun end, and takes nothing more', async () => {
  const { gate, open } = closedGate();
  const { reader, seen } = fakeReader(() => gate);
  const url = await start({ reader });
  const begun = post(`${url}/read`, bytes('A'));
  await expect.poll(() => seen.length).toBe(1);
  const stopped = stop(5000);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  open();
  const { status, headers } = await begun;
  expect([status, headers.get('connection')]).toEqual([200, 'close']);
  await stopped;
});
