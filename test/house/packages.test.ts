/** What src/ imports is installed with it: a package of the tests' or the generator's must not stop a command that does without. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
};

/** `name` of `name/file`, `@scope/name` of `@scope/name/file`. */
const packageOf = (id: string) => id.split('/', id.startsWith('@') ? 2 : 1).join('/');

const files = readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })
  .filter((f) => f.isFile() && /(?<!\.gen)\.ts$/.test(f.name))
  .map((f) => join(f.parentPath, f.name));

/** Packages that a file's text imports by a pattern, without those of Node and files. */
function imported(pattern: RegExp): { file: string; name: string }[] {
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)]
      .filter((m) => !/^(\.|node:)/.test(m[1]))
      .map((m) => ({ file: relative(root, file), name: packageOf(m[1]) })),
  );
}

test('what a module imports when it loads is a dependency', () => {
  const found = imported(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\bfrom\s+)?'([^']+)'/gm);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ name }) => !(name in dependencies))).toEqual([]);
});

test('what is imported later is a dependency or an optional peer', () => {
  // `typeof import()` is a type.
  const found = imported(/(?<!typeof )\bimport\(\s*'([^']+)'/g);
  expect(found.length).toBeGreaterThan(1);
  expect(found.filter(({ name }) => !(name in dependencies || name in peerDependencies))).toEqual([]);
});

test('no peer is installed unasked', () => {
  expect(Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)).toEqual([]);
});
