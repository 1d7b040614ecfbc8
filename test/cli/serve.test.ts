/** lexel serve as it runs: a process, a model, an adapter. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lexel, outcome, root } from './lexel.ts';

const words = ['pranks', 'entertainer', 'personify', 'cautioning', 'migrations', 'speakers'];

test.runIf(process.platform !== 'win32')('concurrent requests are read, and SIGTERM ends it well', async () => {
  const child = spawn(
    process.execPath,
    ['dist/cli/main.js', 'serve', '--port', '0', '--allow-origin', 'https://app.example/'],
    { cwd: root },
  );
  const ended = outcome(child);
  const url = await new Promise<string>((done, fail) => {
    child.stdout.once('data', (text) => done(String(text).trim()));
    child.once('close', (code) => fail(new Error(`lexel serve ended with ${code}`)));
  });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const answers = await Promise.all(
    words.map(async (word) => {
      const body = readFileSync(join(root, 'test', 'fixtures', 'words', `${word}.png`));
      const response = await fetch(`${url}read`, { method: 'POST', body, headers: { 'content-type': 'image/png' } });
      return (await response.json()) as { readings: { text: string }[] };
    }),
  );
  expect(answers.map((a) => a.readings[0].text)).toEqual(words.map((w) => w.toUpperCase()));
  const health = await (await fetch(`${url}health`)).json();
  expect(health).toMatchObject({ status: 'ok', model: 'word-small', waiting: 0 });
  const asked = await fetch(`${url}read`, { method: 'OPTIONS', headers: { origin: 'https://app.example' } });
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
  const foreign = await fetch(`${url}read`, { method: 'POST', headers: { origin: 'https://other.example' } });
  expect(foreign.status).toBe(403);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stdout: `${url}\n` });
});

test('a port in use is one line with its remedy', async () => {
  const server = createServer();
  const port = await new Promise<number>((done) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : 0);
    }),
  );
  const { code, stdout, stderr } = await lexel(['serve', '--port', String(port)]);
  server.close();
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.replace(/^(?!lexel:).*\n/gm, '')).toBe(
    `lexel: serve: 127.0.0.1:${port}: the port is in use. Choose another with --port; 0 takes any that is free.\n`,
  );
});

test('options out of range are refused', async () => {
  const { code, stderr } = await lexel(['serve', '--port', '70000']);
  expect(code).toBe(2);
  expect(stderr).toContain("option '--port <n>' argument '70000' is invalid. Expected a whole number from 0 to 65535");
});

test.each(['app.example', 'https://app.example/page', 'file:///tmp', '*'])('%s is no origin to allow', async (text) => {
  const { code, stderr } = await lexel(['serve', '--allow-origin', 'http://localhost:3000', '--allow-origin', text]);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `option '--allow-origin <origin>' argument '${text}' is invalid. Expected an origin such as https://example.org`,
  );
});
