// npm run study:mini: the whole study in small. Draws words in MJSynth's layout, samples and packs them, analyses the set, trains both
// models of the article for a few steps and compares them. What is done already is not done again: a run that was ended goes on.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './paths.mjs';

const USAGE = `npm run study:mini -- [--out runs/study-mini] [--count 2000] [--steps 20] [--batch 16]

  --out    folder of the study; run the same command again to go on where it was ended
  --count  training words; a tenth as many to validate and to test
  --steps  optimiser steps of each model
  --batch  images a step`;
const MODELS = ['article-lstm', 'article-gru'];

function stop(message) {
  console.error(`study:mini: ${message}`);
  process.exit(2);
}

function options() {
  const text = (value) => ({ type: 'string', default: value });
  try {
    return parseArgs({
      options: {
        out: text('runs/study-mini'),
        count: text('2000'),
        steps: text('20'),
        batch: text('16'),
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    return stop(error.message);
  }
}

const values = options();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

function whole(name, least) {
  const value = Number(values[name]);
  if (!/^\d+$/.test(values[name]) || value < least)
    stop(`--${name}: expected a whole number from ${least} up, got ${values[name]}.`);
  return value;
}

const { out } = values;
const study = { count: whole('count', 20), steps: whole('steps', 1), batch: whole('batch', 1) };
const held = Math.round(study.count / 10);
const words = join(out, 'words');
const set = join(out, 'set');

function lexel(...args) {
  console.error(`\n$ lexel ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'run.mjs'), ...args], { stdio: 'inherit' });
  if (status === 0) return;
  console.error(`\nstudy:mini: this step did not end well; the same command goes on from here.`);
  process.exit(status ?? 1);
}

/** Another study's words and weights are not mixed with this one's. */
function claim() {
  const file = join(out, 'study.json');
  if (existsSync(file)) {
    const before = JSON.parse(readFileSync(file, 'utf8'));
    const other = Object.keys(study).filter((key) => before[key] !== study[key]);
    if (other.length === 0) return console.error(`study:mini: goes on in ${out}; what is done is kept.`);
    const given = (from) => other.map((key) => `--${key} ${from[key]}`).join(' ');
    stop(
      `${out} holds a study with ${given(before)}, asked for ${given(study)}. Give those to go on, or another --out to start afresh.`,
    );
  }
  if (existsSync(words) || existsSync(set))
    stop(`${out} holds another kind of data already. Give another --out, or delete it.`);
  mkdirSync(out, { recursive: true });
  writeFileSync(file, `${JSON.stringify(study)}\n`);
}

/** A run's log ends with an entry that says so. */
function finished(run) {
  const log = join(run, 'log.jsonl');
  return existsSync(log) && /^\{"kind":"end"/m.test(readFileSync(log, 'utf8'));
}

claim();
// A third more than is wanted: some words are shorter than 4 letters or longer than 12.
if (!existsSync(words))
  lexel('synth', '--out', words, '--layout', 'mjsynth', '--count', String(Math.ceil(study.count * 1.35)));
if (!existsSync(join(set, 'report.json'))) {
  const sizes = ['--train', String(study.count), '--val', String(held), '--test', String(held)];
  lexel('data', 'mjsynth', words, '--out', set, '--pack', ...sizes);
}
const analysis = join(out, 'analysis.html');
if (!existsSync(analysis)) lexel('analyze', set, '--report', analysis);
const runs = MODELS.map((name) => join(out, name));
for (const [i, run] of runs.entries()) {
  const { steps, batch } = study;
  // A checkpoint now and then: a run that is ended loses little.
  const often = ['--validate-every', String(steps), '--checkpoint-every', String(Math.max(1, Math.ceil(steps / 5)))];
  if (finished(run)) console.error(`\nstudy:mini: ${run} has finished.`);
  else if (existsSync(join(run, 'config.json'))) lexel('train', '--out', run, '--resume');
  else {
    const sizes = ['--steps', String(steps), '--batch', String(batch)];
    lexel('train', '--config', MODELS[i], '--data', set, '--val', set, '--out', run, ...sizes, ...often);
  }
  const model = join(run, 'model.safetensors');
  if (!existsSync(model)) lexel('export', run, '--out', model);
}
const comparison = join(out, 'comparison.html');
lexel('eval', set, ...runs.flatMap((run) => ['--model', join(run, 'model.safetensors')]), '--report', comparison);
const reports = [analysis, ...runs.map((run) => join(run, 'report.html')), comparison];
console.error(`\nThe reports:\n${reports.map((file) => `  ${file}`).join('\n')}`);
