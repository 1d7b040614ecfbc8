import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DataError, type DataErrorCode } from './errors.ts';

/** `require` of this package, then of the project that runs: strict package managers show each only its own. */
const places = () => [createRequire(import.meta.url), createRequire(join(process.cwd(), 'package.json'))];

/**
 * The file that a package resolves to, beside this package or in the project that runs.
 * @param id a package, or a file of one
 * @returns undefined where it is not installed
 */
export function findPackage(id: string): string | undefined {
  for (const require of places()) {
    try {
      return require.resolve(id);
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

/** Says which command installs what is missing. */
export function notInstalled(code: DataErrorCode, what: string, packages: readonly string[]): DataError {
  return new DataError(code, `${what}: run \`npm install ${packages.join(' ')}\`.`);
}
