import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArgumentError, FormatError } from '../gpu/index.ts';
import { CONFIGS, type ConfigChanges } from '../train/index.ts';

const KINDS = ['.json', '.mjs', '.js', '.ts', '.mts'];

/** A configuration and where it starts from. */
export interface NamedConfig {
  readonly base: string;
  readonly changes: ConfigChanges;
}

/**
 * Reads `--config`: a name, or a file that holds one object (JSON, or a module's default export or its `config`).
 * @throws ArgumentError, FormatError
 */
export async function readConfig(nameOrPath: string): Promise<NamedConfig> {
  if (Object.hasOwn(CONFIGS, nameOrPath) || !KINDS.includes(extname(nameOrPath)))
    return { base: nameOrPath, changes: {} };
  const value =
    extname(nameOrPath) === '.json' ? readJson(nameOrPath) : await readModule(resolve(nameOrPath), nameOrPath);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FormatError(
      `${nameOrPath}: expected an object of settings, got ${JSON.stringify(value) ?? typeof value}`,
      {
        hint: 'Write `export default { base: "word-small", batch: 16 }`, or the same as JSON.',
      },
    );
  const changes = value as ConfigChanges;
  const named =
    typeof changes.model === 'string' && Object.hasOwn(CONFIGS, changes.model) ? changes.model : 'word-small';
  return { base: changes.base ?? named, changes };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ArgumentError(`config: ${path} cannot be read`, {
      hint: `Give a file, or one of ${Object.keys(CONFIGS).join(', ')}.`,
      cause,
    });
  }
}

function readJson(path: string): unknown {
  const text = readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${path}: not JSON: ${(cause as Error).message}`, { hint: 'Mend the file.', cause });
  }
}

async function readModule(path: string, name: string): Promise<unknown> {
  // A missing file is said as such, before the loader says it in its own words.
  const text = readText(path);
  let module: Record<string, unknown>;
  try {
    module = await importModule(path, text);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    throw new FormatError(`${name}: cannot be loaded: ${(cause as Error).message}`, { hint: 'Mend the file.', cause });
  }
  const { default: main, config = main } = module;
  if (config === undefined)
    throw new FormatError(`${name}: exports neither a default nor \`config\``, {
      hint: 'Export the settings as default.',
    });
  return config;
}

async function importModule(path: string, text: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
  }
  // Node reads TypeScript since 22.18. Before, its own stripper of types does the same where it is installed.
  const stripped = join(dirname(path), `.${basename(path)}.${process.pid}.mjs`);
  const { transformSync } = await stripper(path);
  writeFileSync(stripped, transformSync(text, { mode: 'strip-only' }).code);
  try {
    return (await import(pathToFileURL(stripped).href)) as Record<string, unknown>;
  } finally {
    rmSync(stripped, { force: true });
  }
}

type Stripper = { transformSync(text: string, options: { mode: 'strip-only' }): { code: string } };

async function stripper(path: string): Promise<Stripper> {
  try {
    // By a variable: the package is looked up when it is needed, and need not be there.
    const name = 'amaro';
    const module = (await import(name)) as Stripper & { default?: Stripper };
    return module.default ?? module;
  } catch (cause) {
    throw new ArgumentError(`config: ${path}: Node ${process.versions.node} does not read TypeScript`, {
      hint: 'Use Node 22.18 or later, or `npm install amaro`, or write the file as .mjs or .json.',
      cause,
    });
  }
}
