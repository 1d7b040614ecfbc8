/** lexel serve: whom it answers. */
import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { isLoopback } from '../../src/cli/server/guard.ts';
import { fakeReader, faults, raw, start } from './serving.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: { readonly error?: Readonly<Record<'code' | 'message' | 'hint', string>> };
}

/** Sends a request with these lines of a head. */
async function ask(url: string, head: readonly string[], body = ''): Promise<Answer> {
  const lines = [...head, 'Connection: close', `Content-Length: ${body.length}`];
  const answer = await raw(url, `${lines.join('\r\n')}\r\n\r\n${body}`);
  const [top, rest] = answer.split('\r\n\r\n');
  const [first, ...fields] = top.split('\r\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      fields.map((field) => [field.split(':', 1)[0].toLowerCase(), field.replace(/^.*?: /, '')]),
    ),
    body: rest ? JSON.parse(rest) : {},
  };
}

const health = (url: string, host: string) => ask(url, ['GET /health HTTP/1.1', `Host: ${host}`]);
const read = (url: string, host: string, origin: string) =>
  ask(url, ['POST /read HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`], 'WORD');

test.each(['//', '//x/read', '*', 'ftp://localhost/', 'http://'])('the target %s is 400', async (target) => {
  const url = await start({ reader: fakeReader().reader });
  const { status, body } = await ask(url, [`GET ${target} HTTP/1.1`, 'Host: localhost']);
  expect([status, body.error]).toEqual([
    400,
    {
      code: 'BAD_TARGET',
      message: `serve: expected a path such as /read, got ${target}`,
      hint: 'Begin the path with a single slash.',
    },
  ]);
  expect(faults).toEqual([]);
});

test('a target with its host is that host and path', async () => {
  const url = await start({ reader: fakeReader().reader });
  expect((await ask(url, ['GET http://localhost/health HTTP/1.1', 'Host: localhost'])).status).toBe(200);
  const other = await ask(url, ['GET http://other.example/health HTTP/1.1', 'Host: localhost']);
  expect([other.status, other.body.error?.code]).toEqual([403, 'FOREIGN_HOST']);
});

test('on a loopback address only loopback names are answered to', async () => {
  const url = await start({ reader: fakeReader().reader });
  const own = ['localhost', 'LocalHost:1', 'localhost.', 'a.b.localhost', '127.0.0.1:8080', '127.9.8.7', '[::1]:80'];
  for (const host of own) expect((await health(url, host)).status, host).toBe(200);
  const foreign = ['evil.example', 'localhost.evil.example:8080', 'evillocalhost', '128.0.0.1', '0.0.0.0', '[::2]'];
  for (const host of foreign) {
    const { status, body } = await health(url, host);
    expect([status, body.error?.code], host).toEqual([403, 'FOREIGN_HOST']);
  }
  for (const host of ['', 'evil.example#.localhost', 'evil@localhost', 'localhost/x', 'a b', 'localhost:x'])
    expect((await health(url, host)).body.error?.code, host).toBe('BAD_HOST');
  // Pages as well, not only what computes.
  expect((await ask(url, ['GET / HTTP/1.1', 'Host: evil.example'])).status).toBe(403);
  // HTTP/1.0 may do without.
  expect((await ask(url, ['GET /health HTTP/1.0'])).status).toBe(200);
  expect((await health(url, 'evil.example')).body.error).toEqual({
    code: 'FOREIGN_HOST',
    message: 'serve: expected localhost or a loopback address in Host, got evil.example',
    hint: 'Ask for http://localhost with the port, start the server with --host, or name the origin with --allow-origin.',
  });
  expect((await health(url, 'a b')).body.error).toEqual({
    code: 'BAD_HOST',
    message: 'serve: expected a host name in Host, got a b',
    hint: 'Send one.',
  });
});

test('an origin that is not the host may not post', async () => {
  const { reader, seen } = fakeReader();
  const url = await start({ reader });
  const foreign = ['https://evil.example', 'null', 'http://localhost:3000', 'http://127.0.0.1', 'file://', 'x'];
  for (const origin of foreign) {
    const { status, body } = await read(url, 'localhost', origin);
    expect([status, body.error], origin).toEqual([
      403,
      {
        code: 'FOREIGN_ORIGIN',
        message: `read: expected a page of this server in Origin, got ${origin}`,
        hint: 'Start the server with --allow-origin and that origin.',
      },
    ]);
  }
  expect(seen).toEqual([]);
  expect((await read(url, 'localhost:8080', 'http://localhost:8080')).status).toBe(200);
  // Behind a proxy that speaks TLS the ports that are left out differ.
  expect((await read(url, 'localhost:443', 'https://localhost')).status).toBe(200);
  expect((await read(url, 'localhost', 'http://localhost:80')).status).toBe(200);
});

test('on another address any Host will do, and foreign origins may still not post', async () => {
  const url = await start({ reader: fakeReader().reader }, '0.0.0.0');
  expect((await health(url, 'scanner.example')).status).toBe(200);
  expect((await read(url, 'scanner.example:8080', 'http://scanner.example:8080')).status).toBe(200);
  expect((await read(url, 'scanner.example:8080', 'http://evil.example')).body.error?.code).toBe('FOREIGN_ORIGIN');
});

test('an origin that was named may ask, post and read the answer, and be the host', async () => {
  const origin = 'https://app.example';
  const url = await start({ reader: fakeReader().reader, allowOrigins: ['http://localhost:3000', origin] });
  const asked = await ask(url, [
    'OPTIONS /read HTTP/1.1',
    'Host: localhost',
    `Origin: ${origin}`,
    'Access-Control-Request-Method: POST',
    'Access-Control-Request-Headers: content-type',
  ]);
  expect([asked.status, asked.headers]).toMatchObject([
    204,
    { 'access-control-allow-origin': origin, 'access-control-allow-headers': 'content-type', vary: 'origin' },
  ]);
  const posted = await read(url, 'localhost', origin);
  expect([posted.status, posted.headers['access-control-allow-origin']]).toEqual([200, origin]);
  expect((await read(url, 'app.example', origin)).status).toBe(200);
  expect((await read(url, 'localhost', 'https://other.example')).status).toBe(403);
  expect((await health(url, 'other.example')).status).toBe(403);
  const own = await read(url, 'localhost', 'http://localhost');
  expect([own.status, own.headers['access-control-allow-origin']]).toEqual([200, undefined]);
});

test('a client that asks before it sends is refused unsent, whatever the reason', async () => {
  const url = await start({ reader: fakeReader().reader });
  const headers = { expect: '100-continue', 'content-length': 4, origin: 'https://evil.example' };
  const asked = httpRequest(`${url}/read`, { method: 'POST', headers });
  let continued = false;
  asked.on('continue', () => {
    continued = true;
  });
  asked.flushHeaders();
  const answer = await new Promise((done) =>
    asked.on('response', (response) => done([response.resume().statusCode, response.headers.connection])),
  );
  expect([answer, continued]).toEqual([[403, 'close'], false]);
  asked.destroy();
  // And one that is welcome is let on.
  const welcome = httpRequest(`${url}/read`, { method: 'POST', headers: { ...headers, origin: url } });
  welcome.on('continue', () => welcome.end('WORD'));
  welcome.flushHeaders();
  expect(await new Promise((done) => welcome.on('response', (response) => done(response.resume().statusCode)))).toBe(
    200,
  );
});

test('addresses that can only mean this machine', () => {
  expect(['::1', '[::1]', '127.0.0.1', '127.255.255.255', '::ffff:127.0.0.1', 'localhost'].map(isLoopback)).toEqual(
    new Array(6).fill(true),
  );
  expect(['::', '0.0.0.0', '192.168.0.1', '126.0.0.1', 'localhost.example', ''].map(isLoopback)).toEqual(
    new Array(6).fill(false),
  );
});
