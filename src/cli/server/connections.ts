import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** How long a request may take to come in. */
  readonly requestMs: number;
  /** How long its answer may take to begin after that. */
  readonly answerMs: number;
}

/** How often connections are looked at for one that is too slow, and how much later than its request it is cut off. */
const CHECK_MS = 1000;

/** A server whose slow connections are cut off: those whose request does not end, and those that do not take the answer. */
export function limitedServer({ requestMs, answerMs }: ConnectionLimits, listener: RequestListener): Server {
  const requestTimeout = Math.ceil(requestMs) + CHECK_MS;
  const server = createServer({ requestTimeout, connectionsCheckingInterval: CHECK_MS }, listener);
  // While a request comes in and is read, a connection is never silent for so long.
  server.timeout = requestTimeout + Math.ceil(answerMs);
  return server;
}

/**
 * Prepares a server's end.
 * @returns what ends it: takes no more connections, lets requests end within `graceMs`, then cuts them off
 */
export function stopper(server: Server): (graceMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  let stopping = false;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // An answer that began before the end has promised to keep its connection.
  server.on('request', (_, response) => {
    const { socket } = response;
    response.once('close', () => {
      if (stopping) socket?.destroySoon();
    });
  });
  return async (graceMs) => {
    stopping = true;
    const closed = new Promise<void>((done) => server.close(() => done()));
    // Browsers open connections ahead of need. Node waits for those.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  };
}
