/** The process forked by {@link SynthStream}: renders the batches it is sent, one after another. */

import type { WorkerReply, WorkerRequest } from './protocol.ts';
import { SynthRenderer } from './renderer.ts';

let renderer: Promise<SynthRenderer> | undefined;

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    renderer ??= SynthRenderer.create(request.setup);
    const { images, labels } = (await renderer).batch(request.start, request.count);
    return { ok: true, id: request.id, images, labels };
  } catch (error) {
    return {
      ok: false,
      id: request.id,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
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
