/** Which names the server answers to, and which pages may post to it. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { RequestError } from './errors.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host name or address can only mean this machine: localhost, *.localhost, 127.0.0.0/8, [::1]. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const family = isIP(bare);
  if (family === 0) return /^(.+\.)?localhost$/i.test(bare);
  return LOOPBACK.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * What a request asks for, its Host included.
 * @throws RequestError BAD_HOST, BAD_TARGET
 */
export function targetOf(request: IncomingMessage): URL {
  // Only clients of HTTP/1.0 leave Host out, and those are no browsers.
  const { url = '', headers } = request;
  const { host = 'localhost' } = headers;
  if (/[/?#@\\\s]/.test(host) || host === '' || !URL.canParse(`http://${host}/`))
    throw new RequestError(400, 'BAD_HOST', `serve: expected a host name in Host, got ${host}`, 'Send one.');
  // A proxy's client names the host in the target itself.
  const text = /^\/(?!\/)/.test(url) ? `http://${host}${url}` : url;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new RequestError(
      400,
      'BAD_TARGET',
      `serve: expected a path such as /read, got ${url}`,
      'Begin the path with a single slash.',
    );
  return new URL(text);
}

/**
 * Refuses other names than this machine's own: a page can make its own name mean 127.0.0.1, and would then read every answer.
 * @param origins whose host names are good too
 * @throws RequestError FOREIGN_HOST
 */
export function checkHost({ hostname }: URL, origins: readonly string[]): void {
  if (isLoopback(hostname) || origins.some((origin) => new URL(origin).hostname === hostname)) return;
  throw new RequestError(
    403,
    'FOREIGN_HOST',
    `serve: expected localhost or a loopback address in Host, got ${hostname}`,
    'Ask for http://localhost with the port, start the server with --host, or name the origin with --allow-origin.',
  );
}

/**
 * Refuses what a page of another origin sends.
 * @param origins that may send nevertheless
 * @throws RequestError FOREIGN_ORIGIN
 */
export function checkOrigin(request: IncomingMessage, target: URL, origins: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || origins.includes(origin)) return;
  if (URL.canParse(origin)) {
    const { protocol, host } = new URL(origin);
    // The scheme says which port is the one left out.
    const own = `${protocol}//${target.host}`;
    if (host !== '' && URL.canParse(own) && new URL(own).host === host) return;
  }
  throw new RequestError(
    403,
    'FOREIGN_ORIGIN',
    `read: expected a page of this server in Origin, got ${origin}`,
    'Start the server with --allow-origin and that origin.',
  );
}
