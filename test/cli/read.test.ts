import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { type Reader, runRead } from '../../src/cli/read.ts';
import { DeviceLostError } from '../../src/gpu/errors.ts';
import { makePng } from '../ocr/image/make.ts';
import { lexel, outcome, root } from './lexel.ts';

let folder: string;
let good: string;
let bad: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-read-'));
  good = join(folder, 'good.png');
  bad = join(folder, 'bad.png');
  writeFileSync(good, makePng({ width: 4, height: 2, depth: 8, colourType: 0, pixel: (x) => [x * 50] }));
  writeFileSync(bad, 'no picture');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Output kept, standard input given. */
function fakeIo(input: Uint8Array[] = [], terminal = false) {
  const kept = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      kept.out += text;
    },
    err: (text) => {
      kept.err += text;
    },
    errIsTerminal: false,
    stdin: (async function* () {
      yield* input;
    })(),
    stdinIsTerminal: terminal,
  };
  return { io, kept };
}

/** A reader that says the picture's size, and counts its life. */
function fakeReader() {
  const life = { opened: 0, disposed: 0 };
  const open = async (): Promise<Reader> => {
    life.opened++;
    return {
      read: async ({ width, height }) => ({ text: `${width}X${height}`, confidence: 0.5 }),
      [Symbol.asyncDispose]: async () => {
        life.disposed++;
      },
    };
  };
  return { life, open };
}

describe('lexel read', () => {
  test('one file prints its word alone', async () => {
    const { io, kept } = fakeIo();
    const { life, open } = fakeReader();
    expect(await runRead([good], {}, io, open)).toBe(0);
    expect(kept).toEqual({ out: '4X2\n', err: '' });
    expect(life).toEqual({ opened: 1, disposed: 1 });
  });

  test('a bad file among good ones is reported, the others are read, exit code 1', async () => {
    const { io, kept } = fakeIo();
    const { life, open } = fakeReader();
    expect(await runRead([good, bad, good], {}, io, open)).toBe(1);
    expect(kept.out).toBe(`${good}\t4X2\n${good}\t4X2\n`);
    expect(kept.err).toMatch(/^lexel: .*bad\.png: expected a PNG or JPEG, got a text file\. [^\n]*\n$/);
    expect(life).toEqual({ opened: 1, disposed: 1 });
  });

  test('further texts are refused for pages, before a model is loaded', async () => {
    const { io } = fakeIo();
    await expect(runRead([good], { page: true, topK: 3 }, io)).rejects.toMatchObject({
      message: 'read: --top-k is for single words, and --page reads lines',
      hint: 'Leave one of them out.',
    });
  });

  test('no GPU is opened where no picture can be read', async () => {
    const { io } = fakeIo();
    const { life, open } = fakeReader();
    expect(await runRead([bad, join(folder, 'missing.png')], {}, io, open)).toBe(2);
    expect(life).toEqual({ opened: 0, disposed: 0 });
  });

  test('--json prints one object a file', async () => {
    const { io, kept } = fakeIo();
    await runRead([good, bad], { json: true }, io, fakeReader().open);
    const [first, second] = kept.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ file: good, text: '4X2', confidence: 0.5 });
    expect(second).toMatchObject({ file: bad, error: { code: 'BAD_IMAGE' } });
  });

  test('- is standard input', async () => {
    const bytes = makePng({ width: 3, height: 3, depth: 8, colourType: 0, pixel: () => [0] });
    const { io, kept } = fakeIo([bytes.subarray(0, 20), bytes.subarray(20)]);
    expect(await runRead(['-'], {}, io, fakeReader().open)).toBe(0);
    expect(kept.out).toBe('3X3\n');
  });

  test('a terminal as standard input is refused instead of waited for', async () => {
    const { io, kept } = fakeIo([], true);
    expect(await runRead(['-'], {}, io, fakeReader().open)).toBe(2);
    expect(kept.err).toMatch(/got a terminal\. Pipe a picture in/);
  });

  test('a lost device ends the run, and the reader is still disposed', async () => {
    const { io, kept } = fakeIo();
    const { life, open } = fakeReader();
    const failing = async () => ({
      ...(await open()),
      read: () => Promise.reject(new DeviceLostError('device: lost')),
    });
    await expect(runRead([good, good], {}, io, failing)).rejects.toThrow('device: lost');
    expect(kept.out).toBe('');
    expect(life).toEqual({ opened: 1, disposed: 1 });
  });
});

describe('the program', () => {
  test('--help loads no engine and ends with 0', async () => {
    const got = await lexel(['--help']);
    expect(got.stdout).toMatch(/Examples:\n {2}\$ lexel read word\.png/);
    expect(got).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['read', 'train', 'eval', 'synth', 'doctor', 'conform', 'bench'])(
    '%s --help ends with 0',
    async (command) => {
      const got = await lexel([command, '--help']);
      expect(got.stdout).toMatch(new RegExp(`^Usage: lexel ${command}`));
      expect(got.code).toBe(0);
    },
  );

  test('--version', async () => {
    expect((await lexel(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a reader that goes away is no error', async () => {
    const files = new Array(3000)
      .fill(bad)
      .map((f) => JSON.stringify(f))
      .join(' ');
    const child = spawn(
      'bash',
      [
        '-c',
        `"${process.execPath}" dist/cli/main.js read --json ${files} 2>&1 >&3 | grep -v '^lexel: .*text file' >&2`,
      ],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      },
    );
    // The first output is taken, then the pipe is closed under the program.
    const pipe = child.stdio[3];
    pipe?.once('data', () => pipe.destroy());
    const got = await outcome(child);
    expect(got.stderr).toBe('');
  });

  test('ends when its supervisor is killed', async () => {
    const code = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['dist/cli/main.js', 'read', '-'], {
        stdio: ['pipe', 'inherit', 'inherit', 'ipc'], env: { ...process.env, LEXEL_SUPERVISED: '1' } });
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    // Long enough for the child to be waiting for its input.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const alive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(alive()).toBe(true);
    parent.kill('SIGKILL');
    for (let i = 0; i < 50 && alive(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(alive()).toBe(false);
  });
});
