/** The process forked by {@link SynthStream}: renders the batches it is sent, one after another. */

import { DataError } from '../errors.ts';
import type { WorkerReply, WorkerRequest } from './protocol.ts';
import { createRenderer, type Renderer } from './renderer.ts';

let renderer: Promise<Renderer> | undefined;

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    renderer ??= createRenderer(request.setup);
    return { ok: true, id: request.id, ...(await renderer).batch(request.start, request.count) };
  } catch (error) {
    const { id } = request;
    // What the data room says is meant for the user; anything else is a fault, and its stack tells where.
    if (error instanceof DataError) return { ok: false, id, message: error.message, code: error.code };
    return { ok: false, id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (message) => {
  // The parent is the only sender, and compiled from the same protocol.ts.
  void answer(message as WorkerRequest).then((reply) => process.send?.(reply));
});
// A dead parent must not leave renderers behind.
process.on('disconnect', () => process.exit(0));
// Ctrl-C goes to the whole group; the parent decides when to stop.
process.on('SIGINT', () => {});
