/** `--precision` of the commands that read. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { Device } from '../../src/gpu/index.ts';

const words = new URL('../fixtures/words/', import.meta.url).pathname;

let able = false;
beforeAll(async () => {
  await using device = await Device.create();
  able = device.raw.features.has('shader-f16');
});
const without = "this adapter has no 'shader-f16'";

async function lexel(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const got = { code: -1, out: '', err: '' };
  const io: Io = {
    out: (text) => {
      got.out += text;
    },
    err: (text) => {
      got.err += text;
    },
    errIsTerminal: false,
    stdin: (async function* () {})(),
    stdinIsTerminal: false,
  };
  got.code = await run(args, io);
  return got;
}

test('read: the same texts', async () => {
  const got = await lexel('read', '--precision', 'f16', `${words}pranks.png`, `${words}speakers.png`);
  expect(got.code, got.err).toBe(0);
  expect(got.out).toBe(`${words}pranks.png\tPRANKS\n${words}speakers.png\tSPEAKERS\n`);
});

test('eval: the same words right, from logits that are not quite the same', async ({ skip }) => {
  skip(!able, without);
  const scores = async (precision: string) => {
    const { code, out, err } = await lexel('eval', words, '--json', '--precision', precision);
    expect(code, err).toBe(0);
    return JSON.parse(out) as { images: number; wordAccuracy: number; loss: number };
  };
  const [wide, half] = [await scores('f32'), await scores('f16')];
  expect([half.images, half.wordAccuracy]).toEqual([6, 1]);
  expect(half.wordAccuracy).toBe(wide.wordAccuracy);
  expect(Math.abs(half.loss - wide.loss)).toBeLessThan(0.01);
  expect(half.loss).not.toBe(wide.loss);
});

test('bench: a model with weights in 16 bits is timed reading alone', async ({ skip }) => {
  skip(!able, without);
  const got = await lexel(
    ...['bench', '--shapes', 'tiny', '--filter', 'models', '--repeat', '1', '--json', '--precision', 'f16'],
  );
  expect(got.code, got.err).toBe(0);
  const { models } = JSON.parse(got.out) as { models: Record<string, unknown>[] };
  expect(models).toMatchObject([{ model: 'word-small', pass: 'read', batch: 1 }]);
  expect(models[0].ms).toBeGreaterThan(0);
});

describe('what does not exist', () => {
  test.each(['read', 'eval', 'bench'])('%s says what may be', async (command) => {
    const got = await lexel(command, ...(command === 'bench' ? [] : [words]), '--precision', 'f8');
    expect(got).toMatchObject({ code: 2, out: '' });
    expect(got.err).toContain("option '--precision <kind>' argument 'f8' is invalid. Allowed choices are f32, f16.");
  });
});

test('bench: f16 is for models that read, and says so beside what has none', async () => {
  for (const other of ['--dispatches', '--time-steps', '--first-read']) {
    const got = await lexel('bench', '--shapes', 'tiny', '--precision', 'f16', other);
    expect(got.code).toBe(2);
    expect(got.err).toContain(
      'bench: --precision f16 is for models that read. Leave --dispatches, --time-steps and --first-read out.',
    );
  }
});
