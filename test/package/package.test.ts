/** The package as it is published: packed, installed into an empty project, and used from there. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import * as esbuild from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInChromium, watchPage } from '../browser/chromium.ts';
import { serveFolder } from '../browser/site.ts';
import { root } from '../cli/lexel.ts';
import { WAYS } from './bundle.ts';
import { emptyProject, FOUR_LINES, type Project } from './project.ts';

let project: Project;

beforeAll(async () => {
  project = await emptyProject();
  if (!project.byNpm) console.warn('no npm registry answered: the dependencies were copied instead of installed');
});
afterAll(() => project?.remove());

describe('under Node', () => {
  test('without webgpu the error says what to install', async () => {
    const { code, stderr } = await project.node('main.js');
    expect(code).toBe(1);
    expect(stderr).toContain('NoWebGpuError: webgpu: the npm package "webgpu" (Dawn for Node) could not be loaded');
    expect(stderr).toContain("code: 'NO_WEBGPU'");
    expect(stderr).toContain("hint: 'Install it beside lexel: npm install webgpu.'");
  });

  test('four lines print the word', async () => {
    expect(FOUR_LINES.trimEnd().split('\n')).toHaveLength(4);
    project.add('webgpu');
    const { code, stdout } = await project.node('main.js');
    expect(stdout).toBe('PRANKS\n');
    expect(code).toBe(0);
  });
});

await describeInChromium('in a page', (browser) => {
  test.each(Object.keys(WAYS))('%s: the same four lines print the word', async (way) => {
    const served = await WAYS[way](project.folder);
    const page = await browser.newPage();
    try {
      const faults = watchPage(page);
      const printed = page.waitForEvent('console', { predicate: (m) => m.type() === 'log', timeout: 200_000 });
      await page.goto(served.url);
      expect((await printed).text()).toBe('PRANKS');
      expect(faults).toEqual([]);
    } finally {
      await page.close();
      await served.close();
    }
  });

  test('examples/page.html reads the picture that is chosen', async () => {
    const folder = join(project.folder, 'example');
    mkdirSync(folder);
    copyFileSync(join(root, 'examples', 'page.html'), join(folder, 'index.html'));
    copyFileSync(join(project.folder, 'node_modules', 'lexel', 'dist', 'web', 'lexel.js'), join(folder, 'lexel.js'));
    const site = await serveFolder(folder);
    const page = await browser.newPage();
    try {
      const faults = watchPage(page);
      await page.goto(site.url);
      await page.getByText('Ready').waitFor({ timeout: 200_000 });
      await page.setInputFiles('#file', join(project.folder, 'pranks.png'));
      await page.getByText('PRANKS').waitFor({ timeout: 60_000 });
      expect(faults).toEqual([]);
    } finally {
      await page.close();
      await site.close();
    }
  });
});

test("nothing of Node's, no worker and no wasm is in what browsers load", async () => {
  const home = join(project.folder, 'node_modules', 'lexel');
  const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    exports: Record<string, { browser?: string | null; default?: string }>;
  };
  const entries = Object.values(exports).flatMap((e) => (e.browser === null ? [] : (e.browser ?? e.default ?? [])));
  expect(entries).toContain('./dist/index.js');
  expect(entries).toContain('./dist/train/index.js');
  // It would end with an error at a module of Node's or a package.
  const { metafile, outputFiles } = await esbuild.build({
    entryPoints: entries.map((entry) => join(home, entry)),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    metafile: true,
    write: false,
    outdir: 'out',
    logLevel: 'silent',
  });
  const sources = Object.keys(metafile.inputs).map((file) => file.replaceAll('\\', '/'));
  // The metrics of training are the one place with a dependency.
  const own = /node_modules\/(lexel\/dist\/(?!.*\.node\.js$)|fastest-levenshtein\/)/;
  expect(sources.filter((file) => !own.test(file))).toEqual([]);
  expect(sources.length).toBeGreaterThan(100);
  for (const { path, text } of outputFiles) {
    const foreign = /["'`]node:|import\([^"]|\brequire\(|\bprocess\.|new Worker|\.wasm|WebAssembly/.exec(text);
    expect(foreign && text.slice(Math.max(0, foreign.index - 80), foreign.index + 80), path).toBeNull();
  }
});

test('the package holds what it should, and nothing else', () => {
  const files = readdirSync(join(project.folder, 'node_modules', 'lexel'), { recursive: true }).map(String);
  for (const wanted of [
    'LICENSE',
    'README.md',
    'dist/web/lexel.js',
    'dist/demo/index.html',
    'models/word-small.safetensors',
  ])
    expect(files).toContain(wanted);
  expect(files.filter((f) => /\.(wgsl|jsonl|tsbuildinfo|tgz)$|\.test\.|^(src|test|scripts|shaders)/.test(f))).toEqual(
    [],
  );
});

describe('types', () => {
  test('publint finds nothing', async () => {
    const bytes = readFileSync(project.tarball);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('every subpath resolves to types of its own kind, by Node and by bundlers', async () => {
    const files = createPackageFromTarballData(new Uint8Array(readFileSync(project.tarball)));
    const result = await checkPackage(files, { excludeEntrypoints: [/^\.\/models\//] });
    if (!result.types) throw new Error('the package has no types');
    expect(Object.keys(result.entrypoints).sort()).toEqual(
      ['.', './engine', './nn', './node', './package.json', './train', './web'].sort(),
    );
    // There is no CommonJS build: what only concerns `require` and the resolution before `exports` says so.
    const kinds = result.problems.filter(
      (p) => !('resolutionKind' in p && ['node10', 'node16-cjs'].includes(p.resolutionKind)),
    );
    expect(kinds).toEqual([]);
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('a strict project without further types compiles: module %s, resolution %s', (module, resolution) => {
    const names = ['lexel', 'lexel/engine', 'lexel/nn', 'lexel/train', 'lexel/node', 'lexel/web'];
    const imports = names.map(
      (name, i) => `import * as m${i} from '${name}';\nexport const k${i} = Object.keys(m${i});`,
    );
    const use = `import { createRecognizer, LexelError, type Reading } from 'lexel';
export async function read(path: string): Promise<Reading | string> {
  await using ocr = await createRecognizer({ model: new URL('https://example.com/m.safetensors') });
  return ocr.read(path).catch((e: unknown) => (e instanceof LexelError ? e.code : String(e)));
}
// @ts-expect-error: no such option
void createRecognizer({ modell: 'word-small' });`;
    writeFileSync(join(project.folder, 'types.ts'), `${imports.join('\n')}\n${use}\n`);
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom,esnext.disposable'];
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [tsc, ...options, '--module', module, '--moduleResolution', resolution, '--types', '', 'types.ts'];
    const done = spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' });
    expect(done.stdout + done.stderr).toBe('');
    expect(done.status).toBe(0);
  });
});
