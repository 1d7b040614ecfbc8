/** lexel serve: what is read, with whom, and for how long. */
import { expect, test } from 'vitest';
import { Batcher } from '../../src/cli/server/batcher.ts';
import { bytes, closedGate, fakeReader, faults, formOf, post, start, untilWaiting } from './serving.ts';

/** Room for forms. */
const body = { maxBytes: 2 ** 20, timeoutMs: 5000 };
const letters = (count: number) => [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].slice(0, count);

/** A gate that holds whoever comes until `next` is called. */
function turnstile(): { gate(): Promise<void>; next(): void; readonly held: number } {
  const held: (() => void)[] = [];
  return {
    gate: () => new Promise((done) => held.push(done)),
    next: () => held.shift()?.(),
    get held() {
      return held.length;
    },
  };
}

test('a batch that was answered READ_TIMEOUT is stopped, and the next request is read in time', async () => {
  const { gate } = closedGate();
  const gates = [gate];
  const { reader, seen } = fakeReader(() => gates.pop() ?? Promise.resolve());
  const url = await start({ reader, body, readTimeoutMs: 1000 });
  expect(await post(`${url}/read`, formOf(letters(8)))).toMatchObject({
    status: 503,
    body: { error: { code: 'READ_TIMEOUT' } },
  });
  expect(await post(`${url}/read`, bytes('Z'))).toMatchObject({ status: 200, body: { readings: [{ text: 'Z' }] } });
  expect(seen.map((s) => s.texts)).toEqual([['A'], ['Z']]);
  expect(faults).toEqual([]);
});

test('a batch goes on for those who still wait, without the pictures of those who do not', async () => {
  const door = turnstile();
  const { reader, seen } = fakeReader(door.gate);
  const batcher = new Batcher(reader, { maxBatch: 8, maxQueue: 16 });
  const gone = new AbortController();
  const left = batcher.read([...'ABC'].map(bytes), {}, gone.signal);
  const stays = batcher.read([...'DE'].map(bytes), {}, new AbortController().signal);
  await expect.poll(() => door.held).toBe(1);
  const why = new Error('gone');
  gone.abort(why);
  await expect(left).rejects.toBe(why);
  for (let i = 0; i < 3; i++) {
    door.next();
    await expect.poll(() => door.held).toBe(i < 2 ? 1 : 0);
  }
  expect(await stays).toMatchObject([{ text: 'D' }, { text: 'E' }]);
  expect(seen.map((s) => s.texts)).toEqual([['A', 'D', 'E']]);
});

test('a batch is stopped when the last of several requests has gone', async () => {
  const door = turnstile();
  const { reader, seen } = fakeReader(door.gate);
  const batcher = new Batcher(reader, { maxBatch: 8, maxQueue: 16 });
  const clients = [new AbortController(), new AbortController()];
  const reads = clients.map(({ signal }, i) => batcher.read([bytes(`${i}a`), bytes(`${i}b`)], {}, signal));
  await expect.poll(() => door.held).toBe(1);
  for (const client of clients) client.abort(new Error('gone'));
  for (const read of reads) await expect(read).rejects.toThrow('gone');
  // The picture in hand is never let through: only the signal ends the batch.
  await batcher.idle();
  expect(seen.map((s) => s.texts)).toEqual([['0a']]);
});

test('batches are as large as the network reads in a quarter of a second', async () => {
  let pictureMs = 100;
  const { reader, seen } = fakeReader(undefined, (batchSize) => pictureMs * batchSize);
  const batcher = new Batcher(reader, { maxBatch: 8, maxQueue: 16 });
  const sizesOf = async (count: number): Promise<number[]> => {
    const before = seen.length;
    await batcher.read(letters(count).map(bytes), {}, new AbortController().signal);
    return seen.slice(before).map((s) => s.texts.length);
  };
  // Nothing is known at first.
  expect(await sizesOf(8)).toEqual([8]);
  expect(await sizesOf(8)).toEqual([2, 2, 2, 2]);
  pictureMs = 1;
  expect(await sizesOf(12)).toEqual([2, 8, 2]);
  pictureMs = 25;
  // Once slower may be chance: 2 ms is believed, then 4, 8, 16, 25.
  expect(await sizesOf(16)).toEqual([8, 8]);
  expect(await sizesOf(16)).toEqual([8, 8]);
  expect(await sizesOf(16)).toEqual([8, 8]);
  pictureMs = 1000;
  expect(await sizesOf(1)).toEqual([1]);
  expect(await sizesOf(4)).toEqual([4]);
  expect(await sizesOf(4)).toEqual([2, 1, 1]);
});

test('what ends one batch of a form ends the form: its other pictures are not read', async () => {
  const { reader, seen } = fakeReader();
  const url = await start({ reader, body });
  expect(await post(`${url}/read`, formOf(['lost', ...letters(11)]))).toMatchObject({
    status: 503,
    body: { error: { code: 'DEVICE_LOST' } },
  });
  expect((await post(`${url}/read`, bytes('Z'))).status).toBe(200);
  expect(seen.map((s) => s.texts.length)).toEqual([8, 1]);
});

test('a form of more pictures than may ever wait is 413 with how many fit, and takes no place', async () => {
  const { reader, seen } = fakeReader();
  const url = await start({ reader, body });
  const refused = {
    status: 413,
    body: {
      error: {
        code: 'TOO_MANY_IMAGES',
        message: 'body: expected at most 16 pictures and 100 other fields, got more',
        hint: 'Send at most 16 pictures at once, or start the server with a larger --max-queue.',
      },
    },
  };
  const got = await post(`${url}/read`, formOf(letters(17)));
  expect(got).toMatchObject(refused);
  expect(got.headers.get('retry-after')).toBeNull();
  const fields = formOf(['A']);
  for (let i = 0; i < 200; i++) fields.append('note', 'x');
  expect(await post(`${url}/read`, fields)).toMatchObject(refused);
  expect(seen).toEqual([]);
  const most = formOf(letters(16));
  for (let i = 0; i < 90; i++) most.append('note', 'x');
  const all = await post(`${url}/read`, most);
  expect([all.status, (all.body.readings as unknown[]).length]).toEqual([200, 16]);
});

test('a form that does not fit beside those that wait is BUSY as a whole', async () => {
  const { gate, open } = closedGate();
  const { reader, seen } = fakeReader(() => gate);
  const url = await start({ reader, body, batch: { maxBatch: 1, maxQueue: 4 } });
  const first = post(`${url}/read`, bytes('A'));
  await expect.poll(() => seen.length).toBe(1);
  const waiting = post(`${url}/read`, formOf(['B', 'C']));
  await untilWaiting(url, 2);
  const busy = await post(`${url}/read`, formOf(['D', 'E', 'F']));
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
  await untilWaiting(url, 2);
  open();
  expect((await first).status).toBe(200);
  expect((await waiting).status).toBe(200);
  expect(seen.flatMap((s) => s.texts)).toEqual(['A', 'B', 'C']);
});

test('a form of many pictures warns of nothing', async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => warnings.push(warning);
  process.on('warning', keep);
  const url = await start({ reader: fakeReader().reader, body });
  expect((await post(`${url}/read`, formOf(letters(16)))).status).toBe(200);
  await new Promise((done) => setImmediate(done));
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});
