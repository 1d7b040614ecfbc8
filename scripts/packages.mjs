// Installs what package-lock.json names, and only when node_modules differs from it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withLock } from './lock.mjs';
import { root } from './paths.mjs';
import { SetupError, say } from './say.mjs';

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new SetupError(`${file} is not valid JSON: ${error.message}`);
  }
}

/**
 * Why node_modules does not match package-lock.json; undefined when it does. npm itself keeps
 * node_modules/.package-lock.json, written at the end of an install, so an interrupted one is seen too.
 */
export function staleReason(folder = root, files = ['webgpu', 'typescript']) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages;
  if (wanted === undefined) throw new SetupError(`${join(folder, 'package-lock.json')} is missing: clone again.`);
  const installed = readJson(join(folder, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return 'node_modules is missing';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const got = installed[path];
    // Builds for other systems are optional and rightly absent.
    if (got === undefined ? !entry.optional : got.version !== entry.version)
      return `${path.replace(/^node_modules\//, '')} is ${got?.version ?? 'missing'}, package-lock.json wants ${entry.version}`;
  }
  for (const name of files)
    if (!existsSync(join(folder, 'node_modules', name, 'package.json'))) return `node_modules/${name} is gone`;
  return undefined;
}

/**
 * `npm ci` when needed.
 * @param folder of the package.json
 * @param files packages whose folders are looked for besides
 * @throws SetupError when npm fails
 */
export async function ensurePackages(folder = root, files = undefined) {
  if (staleReason(folder, files) === undefined) return;
  await withLock('packages', async () => {
    const reason = staleReason(folder, files);
    if (reason === undefined) return;
    const where = folder === root ? '' : ` in ${relative(root, folder)}`;
    say(`installing packages with npm ci${where} (${reason}; the first time takes a minute)`);
    // The npm that started this script, where there is one: PATH may hold another.
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
    const options = { cwd: folder, stdio: ['ignore', 2, 2] };
    const done =
      npm && /\.[cm]?js$/.test(npm)
        ? spawnSync(process.execPath, [npm, ...args], options)
        : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
    if (done.error) throw new SetupError(`npm could not be started (${done.error.code}): install npm beside Node 20.`);
    if (done.status !== 0)
      throw new SetupError(
        `npm ci ended with ${done.status ?? done.signal}: see npm's own lines above, then run again.`,
      );
  });
}
