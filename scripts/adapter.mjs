// Which Vulkan driver the process that loads `webgpu` shall see. Libraries are looked up when a process starts, so the
// choice is made before it, by trying: a driver counts when a small child process computes on it.
//
// Order: the user's own environment, what is installed (a GPU before lavapipe: Dawn sorts them), the same through
// SwiftShader's Vulkan loader where the system has drivers but no loader, SwiftShader itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, root } from './paths.mjs';
import { SetupError, say } from './say.mjs';
import { unpackSwiftShader } from './swiftshader.mjs';

const probeFile = fileURLToPath(new URL('./probe.mjs', import.meta.url));
const cacheFile = join(cache, 'adapter.json');
/** A software driver compiles with LLVM on a loaded machine; nothing honest takes longer. */
const PROBE_TIMEOUT_MS = 60_000;
const CHOICES = ['auto', 'lavapipe', 'swiftshader'];
const LAVAPIPE_HINT = 'install Mesa 23 or newer (Debian 13, Ubuntu 24.04: apt install mesa-vulkan-drivers)';

/** Installed driver manifests, in the loader's search order. */
export function installedDrivers() {
  if (process.platform !== 'linux') return [];
  const list = (value, fallback) => (value || fallback).split(delimiter).filter(Boolean);
  const bases = [
    process.env.XDG_CONFIG_HOME || join(homedir(), '.config'),
    ...list(process.env.XDG_CONFIG_DIRS, '/etc/xdg'),
    '/usr/local/etc',
    '/etc',
    process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'),
    ...list(process.env.XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
  ];
  const found = new Set();
  for (const base of bases) {
    const folder = join(base, 'vulkan', 'icd.d');
    try {
      for (const name of readdirSync(folder).sort()) if (name.endsWith('.json')) found.add(join(folder, name));
    } catch {
      // most of these folders do not exist on most machines
    }
  }
  return [...found];
}

function stamp(path) {
  const s = statSync(path, { throwIfNoEntry: false });
  return `${path} ${s?.size} ${s?.mtimeMs}`;
}

/** Everything a choice depends on; a change of any of it means trying again. */
function key() {
  const devices = ['/dev/dri', '/dev/dxg', '/dev/nvidia0', '/dev/nvidiactl'].map((p) => {
    try {
      return readdirSync(p).join();
    } catch (error) {
      return `${p} ${error.code}`;
    }
  });
  const names = Object.keys(process.env).filter((n) =>
    /^(VK_|LEXEL_ADAPTER$|LD_LIBRARY_PATH$|XDG_|MESA_|CUDA_VISIBLE)/.test(n),
  );
  const drivers = installedDrivers();
  const libraries = drivers.flatMap((file) => {
    try {
      return [JSON.parse(readFileSync(file, 'utf8')).ICD.library_path];
    } catch {
      return [];
    }
  });
  const folders = [
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib64',
    '/usr/lib',
    '/usr/local/lib',
  ];
  // A driver upgraded in place keeps its manifest: its library tells.
  const files = [...libraries, 'libvulkan.so.1'].flatMap((l) =>
    l.includes('/') ? [l] : folders.map((f) => join(f, l)),
  );
  const parts = [
    process.platform,
    process.arch,
    process.version,
    root,
    stamp(join(root, 'node_modules', 'webgpu', 'package.json')),
    stamp(probeFile),
    ...devices,
    ...names.sort().map((n) => `${n}=${process.env[n]}`),
    ...drivers.map(stamp),
    ...files.map(stamp).filter((s) => !s.includes('undefined')),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** Tries one environment. */
function probe(env) {
  const done = spawnSync(process.execPath, [probeFile], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  // Destroying a device on a poor driver may crash after the answer: the answer counts.
  const line = done.stdout?.split('\n').find((l) => l.startsWith('{'));
  if (line) return JSON.parse(line);
  const text = `${done.stderr ?? ''}`
    .split('\n')
    .find((l) => /error|cannot|not found|failed/i.test(l))
    ?.trim();
  if (done.error?.code === 'ETIMEDOUT') return { ok: false, reason: `no answer within ${PROBE_TIMEOUT_MS / 1000} s` };
  return { ok: false, reason: text ?? `the probe ended with ${done.status ?? done.signal}` };
}

function libraryPath(folder) {
  return [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
}

function lavapipeFiles() {
  return installedDrivers().filter((file) => /lvp_icd[^/]*\.json$/.test(file));
}

/** What to try, in order: `{ name, env }`, or `{ name, reason }` for what cannot be tried at all. */
function candidates(choice) {
  if (process.platform !== 'linux') {
    if (choice !== 'auto')
      throw new SetupError(
        `LEXEL_ADAPTER=${choice}: Linux only; on ${process.platform} unset it, the system's own driver is used.`,
      );
    return [{ name: 'system', env: {} }];
  }
  const swift = unpackSwiftShader();
  const swiftshader = swift.folder
    ? { name: 'swiftshader', env: { VK_DRIVER_FILES: swift.icd, LD_LIBRARY_PATH: libraryPath(swift.folder) } }
    : { name: 'swiftshader', reason: swift.reason };
  const withLoader = (c) =>
    swift.folder
      ? [c, { name: `${c.name} (bundled loader)`, env: { ...c.env, LD_LIBRARY_PATH: libraryPath(swift.folder) } }]
      : [c];
  if (choice === 'swiftshader') return [swiftshader];
  if (choice === 'lavapipe') {
    const files = lavapipeFiles();
    if (files.length === 0) return [{ name: 'lavapipe', reason: `not installed; ${LAVAPIPE_HINT}` }];
    return withLoader({ name: 'lavapipe', env: { VK_DRIVER_FILES: files.join(delimiter) } });
  }
  const own = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'].find((n) => process.env[n]);
  if (own) return withLoader({ name: own, env: {} });
  const installed = installedDrivers();
  if (installed.length === 0) return [{ name: 'installed', reason: 'no Vulkan driver is installed' }, swiftshader];
  return [...withLoader({ name: 'installed', env: {} }), swiftshader];
}

/** What a found adapter is: software drivers are named, so that nobody takes them for a GPU. */
function kindOf(found) {
  if (/llvmpipe|lavapipe/i.test(found.description)) return 'lavapipe';
  if (/swiftshader/i.test(`${found.description} ${found.architecture}`)) return 'swiftshader';
  return 'gpu';
}

function readCache() {
  try {
    return JSON.parse(readFileSync(cacheFile, 'utf8'));
  } catch {
    return {};
  }
}

function writeCache(entries) {
  mkdirSync(cache, { recursive: true });
  const temporary = `${cacheFile}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(entries, null, 1));
  renameSync(temporary, cacheFile);
}

/**
 * Chooses a driver. Nothing of this process changes: `env` is for the process that will load `webgpu`.
 * @param options.fresh tries again even where an earlier answer still holds
 * @returns `{ kind, description, name, env, tried: [{ name, reason }] }`; kind `none` where nothing computes
 * @throws SetupError where LEXEL_ADAPTER names nothing known, or what it names does not work
 */
export function findAdapter({ fresh = false } = {}) {
  const choice = (process.env.LEXEL_ADAPTER || 'auto').toLowerCase();
  if (!CHOICES.includes(choice))
    throw new SetupError(`LEXEL_ADAPTER: expected ${CHOICES.join(', ')}, got "${process.env.LEXEL_ADAPTER}".`);
  const id = key();
  const known = readCache();
  // A manifest inside .cache may have been cleaned away since.
  const usable = (e) =>
    e &&
    (!e.env.VK_DRIVER_FILES ||
      e.env.VK_DRIVER_FILES.split(delimiter).every((f) => statSync(f, { throwIfNoEntry: false })));
  if (!fresh && usable(known[id])) return known[id];
  const tried = [];
  for (const { name, env, reason } of candidates(choice)) {
    const found = env ? probe(env) : { ok: false, reason };
    if (found.ok) {
      const answer = { kind: kindOf(found), description: found.description, name, env, tried };
      writeCache(Object.fromEntries([...Object.entries(known).slice(-7), [id, answer]]));
      return answer;
    }
    tried.push({ name, reason: [found.description, found.reason].filter(Boolean).join(': ') });
  }
  if (choice !== 'auto')
    throw new SetupError(
      `LEXEL_ADAPTER=${choice} does not work: ${tried.map((t) => t.reason).join('; ')}; unset it to use any adapter.`,
    );
  return { kind: 'none', description: 'none', name: 'none', env: {}, tried };
}

const TITLES = { gpu: 'GPU', lavapipe: 'Mesa lavapipe, on the CPU', swiftshader: 'SwiftShader, on the CPU' };

/** The one line that says which adapter is in use. */
export function describeAdapter(adapter) {
  if (adapter.kind !== 'none') return `adapter: ${adapter.description} (${TITLES[adapter.kind]})`;
  const tried = adapter.tried.map((t) => `${t.name}: ${t.reason}`).join('; ');
  return `adapter: none found (${tried}); ${LAVAPIPE_HINT}, or see \`lexel doctor\``;
}

/**
 * The environment for a process that loads `webgpu`, with the answer in LEXEL_ADAPTER_FOUND for `lexel doctor`.
 * Prints which adapter is in use.
 */
export function adapterEnv(options) {
  const adapter = findAdapter(options);
  say(describeAdapter(adapter));
  return { ...adapter.env, LEXEL_ADAPTER_FOUND: JSON.stringify(adapter) };
}
