/** How pictures become batches: the next is made ready while the network has one, and nothing read waits for slow pictures. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ImageError } from '../../src/gpu/index.ts';
import { readInBatches, type Steps } from '../../src/ocr/batches.ts';
import type { ImageInput, Outcome, Progress } from '../../src/ocr/index.ts';

/** Pictures are names here; what happens is written down. */
function steps(log: string[], runMs = 5): Steps {
  return {
    async prepare(input) {
      log.push(`prepare ${input}`);
      if (String(input).startsWith('bad')) throw new ImageError(`${input}: not a picture`);
      if (String(input).startsWith('broken')) throw new Error(`${input}: a fault`);
      return input as never;
    },
    async run(items) {
      log.push(`run ${items.join(' ')}`);
      await sleep(runMs);
      log.push(`done ${items.join(' ')}`);
      if ((items as unknown[]).includes('lost')) throw new Error('the device is lost');
      return items.map((text) => ({ text })) as never;
    },
  };
}

const textOf = (o: Outcome) => (o.error ? `(${o.error.message})` : o.text);

async function all(inputs: Iterable<string> | AsyncIterable<string>, size: number, log: string[] = []) {
  const progress: Progress[] = [];
  const options = { batchSize: size, progress: (p: Progress) => progress.push(p) };
  const out: string[] = [];
  for await (const o of readInBatches(inputs as Iterable<ImageInput>, options, steps(log))) out.push(textOf(o));
  return { out, progress };
}

test.each([1, 2, 3, 5, 6, 100])('batches of %i: all of them, in order, with errors in their places', async (size) => {
  const names = ['a', 'bad1', 'b', 'c', 'd', 'bad2'];
  const { out, progress } = await all(names, size);
  expect(out).toEqual(['a', '(bad1: not a picture)', 'b', 'c', 'd', '(bad2: not a picture)']);
  expect(progress.map((p) => p.done)).toEqual(
    Array.from({ length: Math.ceil(6 / size) }, (_, i) => Math.min(6, (i + 1) * size)),
  );
  expect(progress.every((p) => p.total === 6)).toBe(true);
});

test('nothing is read of nothing', async () => {
  expect(await all([], 4)).toEqual({ out: [], progress: [] });
});

test('a list of promises, and an iterable that comes in time', async () => {
  const promised = ['a', 'b', 'c'].map((v) => Promise.resolve(v)) as unknown as string[];
  expect((await all(promised, 2)).out).toEqual(['a', 'b', 'c']);
  async function* later() {
    yield* ['a', 'b', 'c'];
  }
  expect((await all(later(), 2)).out).toEqual(['a', 'b', 'c']);
});

test('the next batch is made ready while the network has one', async () => {
  const log: string[] = [];
  await all(['a', 'b', 'c', 'd'], 2, log);
  expect(log.indexOf('prepare d')).toBeLessThan(log.indexOf('done a b'));
  expect(log.indexOf('done a b')).toBeLessThan(log.indexOf('run c d'));
});

test('what is read does not wait for pictures that are slow to come; leaving meanwhile ends it', async () => {
  let ended = false;
  let arrive: () => void = () => undefined;
  async function* slow() {
    try {
      yield* ['a', 'b'];
      await new Promise<void>((resolve) => {
        arrive = resolve;
      });
      yield 'c';
    } finally {
      ended = true;
    }
  }
  const out: string[] = [];
  for await (const o of readInBatches(slow() as AsyncIterable<ImageInput>, { batchSize: 2 }, steps([]))) {
    out.push(textOf(o));
    if (out.length === 2) break;
  }
  expect(out).toEqual(['a', 'b']);
  arrive();
  await sleep(5);
  expect(ended).toBe(true);
});

test('a source that is left early is ended', async () => {
  let ended = false;
  function* names() {
    try {
      for (;;) yield 'a';
    } finally {
      ended = true;
    }
  }
  for await (const _ of readInBatches(names() as Iterable<ImageInput>, { batchSize: 2 }, steps([]))) break;
  expect(ended).toBe(true);
});

test('faults of the network, of preparing and of the source end it, after what was read by then', async () => {
  const until = async (inputs: Iterable<string>) => {
    const out: string[] = [];
    try {
      for await (const o of readInBatches(inputs as Iterable<ImageInput>, { batchSize: 2 }, steps([])))
        out.push(textOf(o));
    } catch (error) {
      return [...out, (error as Error).message];
    }
    return out;
  };
  expect(await until(['lost', 'b', 'c', 'd'])).toEqual(['the device is lost']);
  expect(await until(['a', 'b', 'c', 'lost'])).toEqual(['a', 'b', 'the device is lost']);
  expect(await until(['a', 'b', 'broken'])).toEqual(['a', 'b', 'broken: a fault']);
  expect(await until(['a', 'b', 'c', 'broken'])).toEqual(['a', 'b', 'broken: a fault']);
  function* failing() {
    yield* ['a', 'b'];
    throw new Error('the source failed');
  }
  expect(await until(failing())).toEqual(['a', 'b', 'the source failed']);
});
