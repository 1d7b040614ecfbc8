import { ArgumentError, LexelError } from '../gpu/index.ts';
import { checkCount } from './count.ts';
import type { ImageInput } from './input.ts';
import { type Prepared, throwIfAborted } from './recognizer.ts';
import type { Outcome, Reading, ReadManyOptions } from './types.ts';

/** What a recogniser does for pictures that go through the network together. */
export interface Steps {
  prepare(input: ImageInput): Promise<Prepared>;
  run(items: readonly Prepared[], batch: number): Promise<Reading[]>;
}

type Inputs = Iterable<ImageInput> | AsyncIterable<ImageInput>;
type Item = Prepared | LexelError;

/**
 * Reads pictures in batches, in order. While the network has one batch the pictures of the next are decoded; what is read does not wait for
 * pictures that are slow to come.
 * @throws ArgumentError, and what `run` throws
 */
export async function* readInBatches(
  inputs: Inputs,
  { signal, progress, batchSize: size = 32 }: ReadManyOptions,
  steps: Steps,
): AsyncGenerator<Outcome> {
  checkCount('read', 'batchSize', size);
  if (typeof inputs === 'string')
    throw new ArgumentError('read: expected several pictures, got a string', {
      hint: 'Give `read` the picture, or `readMany` a list.',
    });
  const total = Array.isArray(inputs) ? inputs.length : undefined;
  const source = iterate(inputs);
  let done = 0;
  let group: Item[] = [];
  let waiting = false;
  let running: Promise<Outcome[]> | undefined;
  const start = () => {
    running = readGroup(group, size, steps);
    // Whoever takes the results is told; one who has left is not.
    running.catch(() => undefined);
    group = [];
  };
  const results = async (): Promise<Outcome[]> => {
    const outcomes = (await running) ?? [];
    running = undefined;
    done += outcomes.length;
    if (outcomes.length > 0) progress?.({ stage: 'read', done, total });
    return outcomes;
  };
  try {
    for (;;) {
      throwIfAborted(signal);
      const next = source.next();
      waiting = true;
      try {
        if (running && (await Promise.race([next.then(() => false), running.then(() => true)]))) yield* await results();
        const step = await next;
        waiting = false;
        if (step.done) break;
        group.push(await steps.prepare(step.value).catch(unreadable));
      } catch (error) {
        // What the network has read by then is given first.
        yield* await results();
        throw error;
      }
      if (group.length < size) continue;
      yield* await results();
      start();
    }
    yield* await results();
    if (group.length > 0) start();
    yield* await results();
  } finally {
    // One that waits for a picture itself ends when that has come: nobody waits for it.
    const end = source.return(undefined);
    if (waiting) end.catch(() => undefined);
    else await end;
  }
}

/** Also of a list of promises, as `for await` takes it. */
async function* iterate(inputs: Inputs): AsyncGenerator<ImageInput, undefined, undefined> {
  yield* inputs;
  return undefined;
}

/** The error of a picture that cannot be read stands in its place; others end it all. */
function unreadable(error: unknown): LexelError {
  if (error instanceof LexelError && error.code !== 'ABORTED') return error;
  throw error;
}

async function readGroup(group: readonly Item[], size: number, { run }: Steps): Promise<Outcome[]> {
  const good = group.filter((item): item is Prepared => !(item instanceof LexelError));
  const readings = await run(good, size);
  let next = 0;
  return group.map((item) => (item instanceof LexelError ? { error: item } : readings[next++]));
}
