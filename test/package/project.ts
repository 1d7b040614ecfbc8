import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withLock } from '../../scripts/lock.mjs';
import { type Outcome, outcome, root } from '../cli/lexel.ts';

/** The program that README shows: it prints the word under Node and in a page. */
export const FOUR_LINES = `import { createRecognizer } from 'lexel';
const ocr = await createRecognizer();
const { text } = await ocr.read('pranks.png');
console.log(text);
`;

/** What lies where a project of a web developer's would: outside of this repository, with the packed package installed. */
export interface Project {
  readonly folder: string;
  readonly tarball: string;
  /** Whether npm installed it; else its dependencies were copied, since no registry answered. */
  readonly byNpm: boolean;
  /** Puts packages of this checkout beside it, as `npm install NAME...` does. */
  add(...names: string[]): void;
  /** Runs a module of the project under Node. */
  node(file: string, ...args: readonly string[]): Promise<Outcome>;
  remove(): void;
}

function npm(args: readonly string[], options: SpawnSyncOptions): { status: number | null; text: string } {
  const own = process.env.npm_execpath;
  const windows = process.platform === 'win32';
  const done =
    own && /\.[cm]?js$/.test(own)
      ? spawnSync(process.execPath, [own, ...args], { ...options, encoding: 'utf8' })
      : spawnSync('npm', [...args], { ...options, encoding: 'utf8', shell: windows });
  return { status: done.status, text: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

/** Packs this package as it would be published. @returns the tarball */
function pack(into: string): string {
  const { status, text } = npm(['pack', '--pack-destination', into], { cwd: root });
  const file = readdirSync(into).find((f) => f.endsWith('.tgz'));
  if (status !== 0 || !file) throw new Error(`npm pack ended with ${status}: ${text}`);
  return join(into, file);
}

/** Without a registry: the tarball and its dependencies put where npm would put them. */
function unpack(tarball: string, folder: string): void {
  const home = join(folder, 'node_modules', 'lexel');
  mkdirSync(home, { recursive: true });
  const done = spawnSync('tar', ['-xzf', tarball, '-C', home, '--strip-components=1'], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`tar: ${done.stderr}`);
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }>;
  };
  for (const [path, { dev, devOptional, optional, peer }] of Object.entries(packages))
    if (path !== '' && !(dev || devOptional || optional || peer))
      cpSync(join(root, path), join(folder, path), { recursive: true });
}

/** Packs this package and installs it into an empty project. */
export async function emptyProject(): Promise<Project> {
  const home = mkdtempSync(join(tmpdir(), 'lexel-package-'));
  const folder = join(home, 'project');
  mkdirSync(folder);
  // Packing builds dist/web and dist/demo: not while another test packs them.
  const tarball = await withLock('pack', () => pack(home));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0', '--fetch-timeout=20000'];
  const byNpm = npm(['install', ...quiet, tarball], { cwd: folder, timeout: 60_000 }).status === 0;
  if (!byNpm) unpack(tarball, folder);
  copyFileSync(join(root, 'test', 'fixtures', 'words', 'pranks.png'), join(folder, 'pranks.png'));
  writeFileSync(join(folder, 'main.js'), FOUR_LINES);
  return {
    folder,
    tarball,
    byNpm,
    add: (...names) => {
      for (const name of names) {
        const to = join(folder, 'node_modules', name);
        mkdirSync(dirname(to), { recursive: true });
        symlinkSync(join(root, 'node_modules', name), to, 'junction');
      }
    },
    node: (file, ...args) => outcome(spawn(process.execPath, [file, ...args], { cwd: folder })),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
