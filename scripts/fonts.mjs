// npm run fonts: fetches the typefaces of fonts.txt, which the models that ship were trained on beside those that npm ci installs, for
// --font-folder of `lexel train` and `lexel synth`. Of each @fontsource package only its Latin files and its licence are kept.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { root } from './paths.mjs';
import { guard, SetupError, say } from './say.mjs';
import { tarFiles } from './unpack.mjs';

/** Packages that one npm fetches, one after the other; and how many npms at a time. */
const TOGETHER = 20;
const AT_ONCE = 6;

/** The lines of fonts.txt: a family and the version of its package. */
export function listed(file = join(root, 'scripts', 'fonts.txt')) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ family: line.slice(0, line.indexOf('@')), spec: `@fontsource/${line}` }));
}

/** `npm pack` of `specs` into `folder`; the files it wrote, in their order. */
async function pack(specs, folder) {
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', folder, ...specs];
  // The npm that started this script, where there is one: PATH may hold another.
  const npm = process.env.npm_execpath;
  const options = { maxBuffer: 1 << 26 };
  const run = promisify(execFile);
  const { stdout } = await (npm && /\.[cm]?js$/.test(npm)
    ? run(process.execPath, [npm, ...args], options)
    : run('npm', args, { ...options, shell: process.platform === 'win32' }));
  // Older npms name the file after the scope (@scope/name-1.0.0.tgz), though they write scope-name-1.0.0.tgz.
  return JSON.parse(stdout).map(({ filename }) => join(folder, filename.replace('@', '').replace('/', '-')));
}

/** Temporary folders: those of a run that was cut off are removed by the next. */
const LEFTOVER = /^\.(npm|family)-/;

/** Writes the Latin files and the licence of a package into a new folder. @throws Error where it has none */
function unpack(archive, folder) {
  const wanted = /^package\/(files\/[^/]+-latin-\d+-(?:normal|italic)\.woff2|LICENSE)$/;
  const files = [...tarFiles(gunzipSync(readFileSync(archive)))].filter(({ name }) => wanted.test(name));
  if (!files.some(({ name }) => name.endsWith('.woff2'))) throw new Error('no Latin file in its package');
  const temporary = join(dirname(folder), `.family-${process.pid}-${basename(folder)}`);
  try {
    mkdirSync(temporary, { recursive: true });
    for (const { name, data } of files) writeFileSync(join(temporary, basename(name)), data);
    // Under its name when all is there: a run that is cut off leaves no half family.
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Fetches a group with one npm; why it failed, by family. Where one package stops a whole group, each is tried by itself. */
async function fetchGroup(group, out) {
  const failed = new Map();
  const temporary = join(out, `.npm-${process.pid}-${group[0].family}`);
  try {
    mkdirSync(temporary, { recursive: true });
    const archives = await pack(
      group.map(({ spec }) => spec),
      temporary,
    );
    group.forEach(({ family }, i) => {
      try {
        unpack(archives[i], join(out, family));
      } catch (error) {
        failed.set(family, error.message);
      }
    });
  } catch (error) {
    if (group.length > 1) {
      for (const one of group) for (const [family, why] of await fetchGroup([one], out)) failed.set(family, why);
    } else {
      const lines = String(error.stderr || error.message)
        .trim()
        .split('\n');
      failed.set(group[0].family, lines.slice(0, 2).join(': '));
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return failed;
}

/**
 * Fetches the families that `out` lacks.
 * @param families each with the `spec` that npm knows it by
 * @returns how many were there, came, and why others did not
 */
export async function fetchFonts(families, out, onProgress = () => {}) {
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out))
    if (LEFTOVER.test(name)) rmSync(join(out, name), { recursive: true, force: true });
  const missing = families.filter(({ family }) => !existsSync(join(out, family)));
  const failed = [];
  let done = 0;
  const groups = [];
  for (let i = 0; i < missing.length; i += TOGETHER) groups.push(missing.slice(i, i + TOGETHER));
  const worker = async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      for (const [family, why] of await fetchGroup(group, out)) failed.push(`${family}: ${why}`);
      done += group.length;
      onProgress(done, missing.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { there: families.length - missing.length, fetched: missing.length - failed.length, failed };
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: 'fonts' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log('npm run fonts -- [--out fonts]: then `lexel train --font-folder fonts`');
    return;
  }
  const out = resolve(values.out);
  const families = listed();
  say(`${families.length} families into ${out} (about 710 MB to fetch, 95 MB kept)`);
  const { there, fetched, failed } = await fetchFonts(families, out, (n, all) => say(`${n} of ${all} families`));
  for (const line of failed) say(line);
  say(`${fetched} families fetched, ${there} were there, ${failed.length} failed: ${out}`);
  if (failed.length > 0) throw new SetupError('run it again for the families that failed; those that are there stay.');
  const files = readdirSync(out, { recursive: true }).filter((name) => /\.woff2$/.test(String(name)));
  say(`${files.length} faces. Use them: npm run lexel -- train --font-folder ${values.out}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await guard(main);
