import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { script } from './lexel.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lexel-setup-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A module of scripts/, which has no types. */
async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../scripts/${name}.mjs`, import.meta.url).href)) as T;
}

describe('packages', () => {
  /** A checkout with one wanted and one optional package; `installed` is what npm noted. */
  async function reason(installed: Record<string, { version: string }> | undefined): Promise<unknown> {
    const home = mkdtempSync(join(folder, 'p-'));
    const wanted = {
      '': { version: '1.0.0' },
      'node_modules/webgpu': { version: '1.0.0' },
      'node_modules/typescript': { version: '1.0.0' },
      'node_modules/other-system': { version: '1.0.0', optional: true },
    };
    writeFileSync(join(home, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    if (installed) {
      for (const path of Object.keys(installed)) {
        mkdirSync(join(home, path), { recursive: true });
        writeFileSync(join(home, path, 'package.json'), '{}');
      }
      writeFileSync(join(home, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
    }
    const { staleReason } = await load<{ staleReason(folder: string): string | undefined }>('packages');
    return staleReason(home);
  }
  const both = { 'node_modules/webgpu': { version: '1.0.0' }, 'node_modules/typescript': { version: '1.0.0' } };

  test('a fresh clone and an interrupted install are stale', async () => {
    expect(await reason(undefined)).toBe('node_modules is missing');
  });
  test('what the lock names is up to date, other systems’ builds aside', async () => {
    expect(await reason(both)).toBe(undefined);
  });
  test('another version is stale, and named', async () => {
    const old = { ...both, 'node_modules/webgpu': { version: '0.9.0' } };
    expect(await reason(old)).toBe('webgpu is 0.9.0, package-lock.json wants 1.0.0');
  });
  test('an optional build of another version is stale too', async () => {
    const old = { ...both, 'node_modules/other-system': { version: '0.1.0' } };
    expect(await reason(old)).toMatch(/other-system is 0\.1\.0/);
  });
});

describe('native noise on stderr', () => {
  interface Quiet {
    nativeNoise(write: (text: string) => void): { push(text: string): void; end(): void };
  }
  async function filtered(...parts: string[]): Promise<string> {
    const { nativeNoise } = await load<Quiet>('quiet');
    let out = '';
    const filter = nativeNoise((text) => {
      out += text;
    });
    for (const part of parts) filter.push(part);
    filter.end();
    return out;
  }

  test('warnings of Dawn and the loader, whole or in pieces, and their C++ frames do not pass', async () => {
    const text = [
      'Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit.',
      'Warning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER',
      '    at CheckVkSuccessImpl (/home/runner/dawn/src/dawn/native/vulkan/VulkanError.cpp:106)',
      '',
      'lexel: word.png: no such file. Check the path.',
      '',
    ].join('\n');
    expect(await filtered(text)).toBe('lexel: word.png: no such file. Check the path.\n');
    expect(await filtered(...text)).toBe('lexel: word.png: no such file. Check the path.\n');
  });

  test('everything else passes: progress without a line end, other warnings, JS stacks', async () => {
    for (const text of [
      '\r12 of 100',
      'Warning: disk almost full\n',
      'Error: x\n    at f (/a/b.js:1:1)\n\n',
      'War',
      'a\n\nb',
    ])
      expect(await filtered(text)).toBe(text);
  });
});

describe('the lock', () => {
  test('four processes that add one to a file, one at a time, lose none', async () => {
    const file = join(folder, 'count');
    writeFileSync(file, '0');
    const code = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { withLock } from './scripts/lock.mjs';
      for (let i = 0; i < 4; i++) await withLock('test-count', async () => {
        const n = Number(readFileSync(${JSON.stringify(file)}, 'utf8'));
        await sleep(5);
        writeFileSync(${JSON.stringify(file)}, String(n + 1));
      });`;
    const all = await Promise.all(Array.from({ length: 4 }, () => script(code)));
    expect(all.map((r) => r.code)).toEqual(new Array(4).fill(0));
    expect(readFileSync(file, 'utf8')).toBe('16');
  });

  test('the lock of a process that was killed is taken over', async () => {
    const dead = await script(`
      import { withLock } from './scripts/lock.mjs';
      await withLock('test-dead', () => process.kill(process.pid, 'SIGKILL'));`);
    expect(dead.code).toBe(null);
    const next = await script(`
      import { withLock } from './scripts/lock.mjs';
      await withLock('test-dead', () => console.log('mine'));`);
    expect(next.stdout).toBe('mine\n');
  });
});

describe.runIf(process.platform === 'linux')('the adapter', () => {
  const none = { VK_DRIVER_FILES: '', VK_ICD_FILENAMES: '', LD_LIBRARY_PATH: '' };
  /** In a process of its own: the choice depends on the environment alone. */
  async function find(env: Record<string, string>): Promise<unknown> {
    const code = `import { findAdapter } from './scripts/adapter.mjs'; console.log(JSON.stringify(findAdapter()));`;
    const got = await script(code, { ...none, ...env });
    if (got.code !== 0) throw new Error(got.stderr);
    return JSON.parse(got.stdout);
  }

  test.runIf(process.arch === 'x64')('LEXEL_ADAPTER=swiftshader computes on the driver that npm ships', async () => {
    const got = await find({ LEXEL_ADAPTER: 'swiftshader' });
    expect(got).toMatchObject({
      kind: 'swiftshader',
      name: 'swiftshader',
      description: expect.stringContaining('SwiftShader'),
    });
  });

  test('a name that is none of the choices is refused', async () => {
    await expect(find({ LEXEL_ADAPTER: 'cuda' })).rejects.toThrow(/expected auto, lavapipe, swiftshader, got "cuda"/);
  });

  test('the user’s own driver list is respected, also where it does not work', async () => {
    const got = await find({ LEXEL_ADAPTER: '', VK_DRIVER_FILES: '/nowhere.json' });
    expect(got).toMatchObject({ kind: 'none' });
    const { tried } = got as { tried: { name: string }[] };
    expect(tried.every((t) => t.name.startsWith('VK_DRIVER_FILES'))).toBe(true);
  });
});
