// Embeds the shaders and models and compiles src/ to dist/, and only when a source differs from the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from './lock.mjs';
import { cache, root, walk } from './paths.mjs';
import { SetupError, say } from './say.mjs';

const dist = join(root, 'dist');
const stampFile = join(cache, 'build.stamp');
/** Made from dist/ by scripts/web.mjs. */
const BUNDLED = /^(web|demo)[\\/]/;

/** A digest of every input's path, size and time: a deleted file or an older one put back changes it too. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (file) => {
    const s = statSync(join(root, file), { throwIfNoEntry: false });
    hash.update(`${file}\0${s?.size}\0${s?.mtimeMs}\n`);
  };
  for (const file of walk(join(root, 'src'))) if (!file.endsWith('.gen.ts')) add(join('src', file));
  for (const file of walk(join(root, 'shaders'))) add(join('shaders', file));
  for (const file of walk(join(root, 'models'))) if (/\.(safetensors|mjs)$/.test(file)) add(join('models', file));
  for (const file of [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    join('node_modules', '.package-lock.json'),
  ])
    add(file);
  return hash.digest('hex');
}

function fresh(print) {
  const made = [
    join(dist, 'cli', 'main.js'),
    ...['kernels/wgsl', 'kernels/wgsl-later', 'ocr/shipped'].map((f) => join(root, 'src', `${f}.gen.ts`)),
  ];
  if (!made.every((file) => existsSync(file))) return false;
  try {
    return readFileSync(stampFile, 'utf8') === print;
  } catch {
    return false;
  }
}

/**
 * Declarations for TypeScript before 6, whose lib.dom knows no WebGPU: of each entry one that names `@webgpu/types`. Later ones
 * must not see that package, which declares the same names otherwise.
 */
function writeOlderTypes(staging) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const { types, 'types@<6': older } of Object.values(exports)) {
    if (older === undefined) continue;
    const file = join(staging, relative('dist', older));
    const entry = relative(dirname(older), types)
      .replaceAll('\\', '/')
      .replace(/\.d\.ts$/, '.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `/// <reference types="@webgpu/types" />\nexport * from '${entry}';\n`);
  }
}

/** Writes only what differs, each file by rename: a process that is loading dist/ sees old or new, never half. */
function publish(staging) {
  const files = walk(staging);
  for (const file of files) {
    const from = join(staging, file);
    const to = join(dist, file);
    if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) continue;
    mkdirSync(dirname(to), { recursive: true });
    const temporary = `${to}.${process.pid}.tmp`;
    copyFileSync(from, temporary);
    renameSync(temporary, to);
  }
  const wanted = new Set(files);
  for (const file of walk(dist))
    if (!wanted.has(file) && file !== '.tsbuildinfo' && !BUNDLED.test(file)) rmSync(join(dist, file), { force: true });
}

/**
 * Makes dist/ match src/ and shaders/.
 * @param options.force builds even when nothing changed
 * @returns whether the types were clean (a build that was not needed counts as clean)
 * @throws SetupError when a shader breaks the rules or nothing could be emitted
 */
export async function ensureBuilt({ force = false } = {}) {
  if (!force && fresh(fingerprint())) return true;
  return withLock('build', async () => {
    const print = fingerprint();
    if (!force && fresh(print)) return true;
    say('building (shaders and TypeScript)');
    try {
      // In-process is quicker, but the module must be read anew: the file itself may have changed.
      const fresh = (...path) => import(`${pathToFileURL(join(root, ...path)).href}?${Date.now()}`);
      (await fresh('shaders', 'embed.mjs')).embed();
      (await fresh('models', 'embed.mjs')).embedModels();
    } catch (error) {
      throw new SetupError(`shaders or models could not be embedded: ${error.message}`);
    }
    const staging = join(cache, 'build');
    rmSync(staging, { recursive: true, force: true });
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [
      tsc,
      '-p',
      'tsconfig.build.json',
      '--outDir',
      staging,
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
    ];
    const done = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (!existsSync(staging)) {
      process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
      throw new SetupError('tsc wrote nothing: see its lines above.');
    }
    for (const file of walk(join(root, 'src')).filter((f) => f.endsWith('.json')))
      copyFileSync(join(root, 'src', file), join(staging, file));
    writeOlderTypes(staging);
    publish(staging);
    rmSync(staging, { recursive: true, force: true });
    writeFileSync(stampFile, print);
    if (done.status === 0) return true;
    // Types are the tests' business; what was emitted runs. The lines are shown so that nobody wonders.
    const errors = done.stdout.split('\n').filter((line) => line.includes('error TS'));
    say(`built with ${errors.length} type errors, the first: ${errors[0] ?? done.stderr.trim()}`);
    return false;
  });
}
