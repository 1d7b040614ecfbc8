/** Every command of the installed package, with the runtime dependencies and Dawn alone: no canvas, fonts or word list. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, outcome, root } from '../cli/lexel.ts';
import { emptyProject, type Project } from './project.ts';

let project: Project;
const main = join('node_modules', 'lexel', 'dist', 'cli', 'main.js');
const lexel = (...args: string[]): Promise<Outcome> => project.node(main, ...args);

const TINY = { base: 'word-small', width: 32, batch: 2, steps: 1, validateEvery: 1, checkpointEvery: 1, skip: 0 };
const DICTIONARY = 'lexel: The word list is not installed: run `npm install dictionary-en`.';
const CANVAS = 'lexel: The canvas that words are drawn on is not installed: run `npm install @napi-rs/canvas`.';
const TRAIN = ['train', '--config', 'tiny.json', '--validation-words', '2', '--workers', '1'];

beforeAll(async () => {
  project = await emptyProject();
  project.add('webgpu');
  cpSync(join(root, 'test', 'fixtures', 'words'), join(project.folder, 'words'), { recursive: true });
  writeFileSync(join(project.folder, 'tiny.json'), JSON.stringify(TINY));
  mkdirSync(join(project.folder, 'cases'));
  writeFileSync(join(project.folder, 'cases', 'manifest.json'), JSON.stringify({ version: 1, suites: [] }));
});
afterAll(() => project?.remove());

/** What each command prints on its first real step. */
const WORKS: readonly (readonly [args: readonly string[], prints: RegExp])[] = [
  [['read', 'pranks.png'], /^PRANKS\n/],
  [['read', '--page', 'pranks.png'], /PRANKS/i],
  [['eval', 'words', '--json'], /"wordAccuracy":1\b/],
  [['analyze', 'words'], /^images +6 \(0 left out\)$/m],
  [['data', 'import', 'words/labels.tsv', '--out', 'set'], /train\.csv: 6 rows, 0 left out/],
  [[...TRAIN, '--data', 'words', '--val', 'words', '--out', 'run'], /done: 1 steps/],
  [['export', 'run', '--out', 'mine.safetensors'], /mine\.safetensors/],
  [['doctor', '--op', 'fill'], /fill .* ok/],
  [['conform', 'cases'], /total: 0 passed, 0 failed, 0 unsupported/],
  [
    ['tune', '--shapes', 'tiny', '--dry-run', '--repeat', '1', '--filter', 'linear'],
    /1 shape classes tuned; not saved/,
  ],
  [['bench', '--shapes', 'tiny', '--repeat', '1', '--filter', 'fill'], /^fill +forward/m],
  [['train', '--print-config'], /"width": 128/],
];

test('there is a check of each command', async () => {
  const { stdout } = await lexel('--help');
  const names = [...stdout.matchAll(/^ {2}([a-z]+) .* {2}\w/gm)].map((m) => m[1]).filter((name) => name !== 'help');
  expect(names.length).toBeGreaterThan(10);
  expect([...new Set([...WORKS.map(([[name]]) => name), 'serve', 'synth'])].sort()).toEqual(names.sort());
});

describe('without anything to draw with', () => {
  test.each(WORKS)('%j works', async (args, prints) => {
    const { code, stdout, stderr } = await lexel(...args);
    expect(stdout + stderr).toMatch(prints);
    expect([code, stderr.includes('internal error')], stderr).toEqual([0, false]);
  });

  test('serve reads', async () => {
    const child = spawn(process.execPath, [main, 'serve', '--port', '0'], { cwd: project.folder });
    const ended = outcome(child);
    const url = await new Promise<string>((done, fail) => {
      child.stdout.once('data', (text) => done(String(text).trim()));
      child.once('close', (code) => fail(new Error(`lexel serve ended with ${code}`)));
    });
    expect(await (await fetch(`${url}health`)).json()).toMatchObject({ status: 'ok' });
    child.kill('SIGTERM');
    await ended;
  });

  test.each([
    [['read', '--lexicon', 'english', 'pranks.png'], DICTIONARY],
    [['serve', '--lexicon', 'english', '--port', '0'], DICTIONARY],
    [['eval', 'words', '--lexicon', 'english'], DICTIONARY],
    [['synth', '--preview', 'sheet.png'], CANVAS],
    [['synth', '--lines', '--preview', 'sheet.png'], CANVAS],
    [[...TRAIN, '--out', 'drawn'], CANVAS],
  ])('%j says what to install', async (args, says) => {
    const { code, stdout, stderr } = await lexel(...args);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(says);
    expect([code, stdout]).toEqual([2, '']);
  });

  test('a canvas without a build for this machine is said', async () => {
    const folder = join(project.folder, 'node_modules', '@napi-rs');
    mkdirSync(join(folder, 'canvas'), { recursive: true });
    writeFileSync(join(folder, 'canvas', 'index.js'), "throw new Error('no build');\n");
    const { code, stderr } = await lexel('synth', '--preview', 'sheet.png');
    rmSync(folder, { recursive: true });
    expect([code, stderr]).toEqual([
      2,
      'lexel: The canvas that words are drawn on cannot be loaded: install @napi-rs/canvas again.\n',
    ]);
  });

  test("the library's part for Node loads", async () => {
    const code =
      "import { readLabels } from 'lexel/node';\nconsole.log((await readLabels('words/labels.tsv')).rows.length);\n";
    writeFileSync(join(project.folder, 'labels.js'), code);
    expect(await project.node('labels.js')).toEqual({ code: 0, stdout: '6\n', stderr: '' });
  });
});

/** The packages that an error tells to install. */
const named = (text: string): string[] => /`npm install ([^`]+)`/.exec(text)?.[1].split(' ') ?? [];

test('installing what each error names leads to a drawing, of words and of lines', async () => {
  const told: string[][] = [];
  let fonts = '';
  for (const [args, file] of [
    [['synth', '--preview', 'sheet.png', '--count', '4'], 'sheet.png'],
    [['synth', '--lines', '--preview', 'lines.png', '--count', '2'], 'lines.png'],
  ] as const)
    for (;;) {
      const { code, stderr } = await lexel(...args);
      if (code === 0) {
        expect(existsSync(join(project.folder, file))).toBe(true);
        break;
      }
      expect([code, named(stderr).length > 0], stderr).toEqual([2, true]);
      told.push(named(stderr));
      fonts = stderr;
      project.add(...named(stderr));
    }
  expect(told[0]).toEqual(['@napi-rs/canvas']);
  expect(told[1]).toEqual(['dictionary-en']);
  // Two errors about fonts at most: one of words, one of lines.
  expect(
    told
      .slice(2)
      .flat()
      .every((name) => name.startsWith('@fontsource/')),
  ).toBe(true);
  expect(told.length).toBeLessThanOrEqual(4);
  expect(fonts).toMatch(
    /^lexel: Lines of the "train" split need fonts of 5 kinds, of which \d have none installed: run `npm install .*`\.\n$/,
  );
});
