/** The package as it is published: packed, installed into an empty project, and used from there. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import * as esbuild from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePackages } from '../../scripts/packages.mjs';
import { SHIPPED_MODELS } from '../../src/ocr/index.ts';
import { describeInChromium, watchPage } from '../browser/chromium.ts';
import { serveFolder } from '../browser/site.ts';
import { root } from '../cli/lexel.ts';
import { WAYS } from './bundle.ts';
import { emptyProject, FOUR_LINES, type Project } from './project.ts';

let project: Project;
/** What the package has for pages without a bundler. */
let web: string;

/** Everything public, as a strict project uses it. */
const USE = `${['lexel', 'lexel/engine', 'lexel/nn', 'lexel/train', 'lexel/node', 'lexel/web']
  .map((name, i) => `import * as m${i} from '${name}';\nexport const k${i} = Object.keys(m${i});`)
  .join('\n')}
import { createRecognizer, LexelError, type Reading } from 'lexel';
import { Device } from 'lexel/engine';
export async function read(path: string): Promise<Reading | string> {
  await using ocr = await createRecognizer({ model: new URL('https://example.com/m.safetensors'), cache: false });
  return ocr.read(path).catch((e: unknown) => (e instanceof LexelError ? e.code : String(e)));
}
// WebGPU's own types are there, and checked.
export const limit = async (): Promise<number> => (await Device.create()).raw.limits.maxBufferSize;
// @ts-expect-error: no such limit
export const none = async (): Promise<number> => (await Device.create()).raw.limits.maxBuffers;
// @ts-expect-error: no such option
void createRecognizer({ modell: 'word-small' });
`;

/** Reads a word, and with the button the lines of a page. */
const PLAIN = `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />
<button>page</button><output></output>
<script type="module">
  import { createRecognizer } from './lexel.js';
  const out = document.querySelector('output');
  const ocr = await createRecognizer();
  out.value = 'read ' + (await ocr.read('pranks.png')).text;
  document.querySelector('button').onclick = () =>
    ocr.readPage('pranks.png').then(
      ({ lines }) => (out.value = 'lines ' + lines.length + ' ' + lines.map((l) => l.text).join('/')),
      (error) => (out.value = error.code + ' ' + error.hint),
    );
</script>
`;

beforeAll(async () => {
  project = await emptyProject();
  web = join(project.folder, 'node_modules', 'lexel', 'dist', 'web');
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

  test.each([
    ['beside it is loaded for a page of text, and only then', ['lexel.js', 'line-small.js']],
    ['that is not there is named', ['lexel.js']],
  ])('without a bundler the model of lines %s', async (_, files) => {
    const folder = join(project.folder, `plain-${files.length}`);
    mkdirSync(folder);
    for (const file of files) copyFileSync(join(web, file), join(folder, file));
    copyFileSync(join(project.folder, 'pranks.png'), join(folder, 'pranks.png'));
    writeFileSync(join(folder, 'index.html'), PLAIN);
    const site = await serveFolder(folder);
    const page = await browser.newPage();
    const asked = () => site.requests.filter((path) => path.endsWith('.js'));
    try {
      await page.goto(site.url);
      await page.getByText('read PRANKS').waitFor({ timeout: 200_000 });
      expect(asked()).toEqual(['/lexel.js']);
      await page.getByText('page').click();
      const said = page.getByText(
        files.length > 1 ? /^lines 1 PRANKS$/i : /^BAD_MODEL .*without a bundler line-small\.js beside lexel\.js/,
      );
      await said.waitFor({ timeout: 200_000 });
      expect(asked()).toEqual(['/lexel.js', '/line-small.js']);
    } finally {
      await page.close();
      await site.close();
    }
  });

  test('examples/page.html reads the picture that is chosen', async () => {
    const folder = join(project.folder, 'example');
    mkdirSync(folder);
    copyFileSync(join(root, 'examples', 'page.html'), join(folder, 'index.html'));
    copyFileSync(join(web, 'lexel.js'), join(folder, 'lexel.js'));
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
    'dist/web/line-small.js',
    'dist/demo/index.html',
    ...SHIPPED_MODELS.map((name) => `models/${name}.safetensors`),
  ])
    expect(files).toContain(wanted);
  expect(files.filter((f) => /\.(wgsl|jsonl|tsbuildinfo|tgz)$|\.test\.|^(src|test|scripts|shaders)/.test(f))).toEqual(
    [],
  );
});

test('every model that ships can be named, and no file beside them', async () => {
  const names = [...SHIPPED_MODELS, 'no-such'].map((name) => `lexel/models/${name}.safetensors`);
  const code = `import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
for (const name of ${JSON.stringify(names)}) console.log(existsSync(fileURLToPath(import.meta.resolve(name))));
`;
  writeFileSync(join(project.folder, 'models.js'), code);
  const { stdout, stderr } = await project.node('models.js');
  expect(stdout, stderr).toBe(`${SHIPPED_MODELS.map(() => 'true\n').join('')}false\n`);
});

test('the script for a page without a bundler takes at most 1.8 MB, the model of lines 1.6 MB', () => {
  for (const [file, most] of [
    ['lexel.js', 1_800_000],
    ['line-small.js', 1_600_000],
  ] as const) {
    const bytes = readFileSync(join(web, file));
    console.log(`dist/web/${file}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
    expect(bytes.length).toBeLessThanOrEqual(most);
  }
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

  describe.each([['7'], ['5.9'], ['5.7']])('TypeScript %s', (version) => {
    test.each([
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ])('a strict project without further types compiles: module %s, resolution %s', async (module, resolution) => {
      const older = version === '7' ? undefined : join(root, 'test', 'package', 'typescript');
      if (older) await ensurePackages(older, [`typescript-${version}`]);
      const home = older
        ? join(older, 'node_modules', `typescript-${version}`)
        : join(root, 'node_modules', 'typescript');
      const lib = ['es2023', 'dom', 'esnext.disposable'];
      const options = {
        noEmit: true,
        strict: true,
        target: 'es2022',
        lib,
        module,
        moduleResolution: resolution,
        types: [],
      };
      writeFileSync(join(project.folder, 'types.ts'), USE);
      const config = { compilerOptions: options, files: ['types.ts'] };
      writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify(config));
      const args = [join(home, 'bin', 'tsc'), '--project', '.'];
      const done = spawnSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' });
      expect(done.stdout + done.stderr).toBe('');
      expect(done.status).toBe(0);
      const { stdout } = spawnSync(process.execPath, [args[0], '--version'], { encoding: 'utf8' });
      expect(stdout).toContain(`Version ${version}.`);
    });
  });
});
