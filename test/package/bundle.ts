/** The ways to get an installed package into a page, each with nothing but its defaults. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { serveFolder } from '../browser/site.ts';
import { FOUR_LINES } from './project.ts';

/** A page that can be opened. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Writes a page and its picture into a folder of the project. */
function page(folder: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  const head = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';
  writeFileSync(join(folder, 'index.html'), `${head}${script}\n`);
  copyFileSync(join(folder, '..', 'pranks.png'), join(folder, 'pranks.png'));
}

const MODULE = '<script type="module" src="./main.js"></script>';

/** A page with its own sources, for Vite. */
function sources(project: string, name: string): string {
  const folder = join(project, name);
  page(folder, MODULE);
  writeFileSync(join(folder, 'main.js'), FOUR_LINES);
  return folder;
}

/** Serves what a bundler has written beside the page. */
function output(project: string, name: string, script: string): string {
  const folder = join(project, name);
  page(folder, script);
  return folder;
}

export const WAYS: Readonly<Record<string, (project: string) => Promise<Served>>> = {
  'vite build': async (project) => {
    const root = sources(project, 'vite-build');
    await vite.build({ root, configFile: false, logLevel: 'error' });
    copyFileSync(join(root, 'pranks.png'), join(root, 'dist', 'pranks.png'));
    return serveFolder(join(root, 'dist'));
  },
  'vite, its development server': async (project) => {
    const server = await vite.createServer({
      root: sources(project, 'vite-dev'),
      configFile: false,
      logLevel: 'error',
      server: { port: 0 },
    });
    await server.listen();
    const [url] = server.resolvedUrls?.local ?? [];
    return { url, close: () => server.close() };
  },
  esbuild: async (project) => {
    const folder = output(project, 'esbuild', MODULE);
    const outfile = join(folder, 'main.js');
    await esbuild.build({ entryPoints: [join(project, 'main.js')], bundle: true, format: 'esm', outfile });
    return serveFolder(folder);
  },
  rollup: async (project) => {
    const folder = output(project, 'rollup', MODULE);
    const warnings: string[] = [];
    const bundle = await rollup({
      input: join(project, 'main.js'),
      plugins: [nodeResolve()],
      onwarn: (warning) => warnings.push(warning.message),
    });
    await bundle.write({ dir: folder, format: 'es' });
    if (warnings.length > 0) throw new Error(warnings.join('\n'));
    return serveFolder(folder);
  },
  webpack: async (project) => {
    const folder = output(project, 'webpack', '<script defer src="./main.js"></script>');
    const compiler = webpack({ mode: 'production', context: project, entry: './main.js', output: { path: folder } });
    await new Promise<void>((done, fail) => {
      compiler.run((error, stats) => {
        const faults = stats?.toJson({ all: false, errors: true }).errors?.map((e) => e.message) ?? [];
        if (error ?? faults.length > 0) fail(error ?? new Error(faults.join('\n')));
        else compiler.close((e) => (e ? fail(e) : done()));
      });
    });
    return serveFolder(folder);
  },
  'no bundler': async (project) => {
    const script = FOUR_LINES.replace("'lexel'", "'./lexel.js'");
    const folder = output(project, 'plain', `<script type="module">${script}</script>`);
    copyFileSync(join(project, 'node_modules', 'lexel', 'dist', 'web', 'lexel.js'), join(folder, 'lexel.js'));
    return serveFolder(folder);
  },
};
