// npm run study:mini: the whole study in small. Draws words in MJSynth's layout, samples and packs them, analyses the
// set, trains both models of the article for a few steps and scores them. Options: --out, --count, --steps, --batch.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './paths.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/study-mini' },
    count: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '20' },
    batch: { type: 'string', default: '16' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) {
  console.log('npm run study:mini -- [--out runs/study-mini] [--count 2000] [--steps 20] [--batch 16]');
  process.exit(0);
}

const count = Number(values.count);
if (!Number.isInteger(count) || count < 20) {
  console.error(`study:mini: --count: expected a whole number from 20 up, got ${values.count}.`);
  process.exit(2);
}
const held = Math.round(count / 10);
const words = join(values.out, 'words');
const set = join(values.out, 'set');

function lexel(...args) {
  console.error(`\n$ lexel ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'run.mjs'), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

// A third more than is wanted: some words are shorter than 4 letters or longer than 12.
if (!existsSync(words))
  lexel('synth', '--out', words, '--layout', 'mjsynth', '--count', String(Math.ceil(count * 1.35)));
lexel(
  'data',
  'mjsynth',
  words,
  '--out',
  set,
  '--pack',
  '--train',
  String(count),
  '--val',
  String(held),
  '--test',
  String(held),
);
lexel('analyze', set, '--report', join(values.out, 'analysis.html'));
for (const config of ['article-lstm', 'article-gru']) {
  const run = join(values.out, config);
  const sizes = ['--steps', values.steps, '--batch', values.batch];
  const often = ['--validate-every', values.steps, '--checkpoint-every', values.steps, '--validation-words', '32'];
  lexel('train', '--config', config, '--data', set, '--val', set, '--out', run, ...sizes, ...often);
  lexel('export', run, '--out', join(run, 'model.safetensors'));
  lexel('eval', set, '--model', join(run, 'model.safetensors'));
}
console.error(`\nThe reports: ${join(values.out, 'analysis.html')} and those of each run in ${values.out}.`);
