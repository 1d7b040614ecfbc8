// npm run gap -- REAL [--model FILE]: where a model reads generated words (in fonts never trained on) otherwise than the crops of a list, as
// tables in Markdown: by case, contrast and length, and what is taken for what. Options: --out, --count, --seed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './paths.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'word-small' },
    out: { type: 'string', default: 'runs/gap' },
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '777777' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [real] = positionals;
if (values.help || !real) {
  console.log('npm run gap -- LABELS [--model word-small] [--count 2000] [--seed 777777] [--out runs/gap]');
  process.exit(values.help ? 0 : 2);
}

function lexel(...args) {
  const done = spawnSync(process.execPath, [join(root, 'scripts', 'run.mjs'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  return done.stdout;
}

const words = join(values.out, `words-${values.seed}-${values.count}`);
if (!existsSync(words)) {
  const drawn = ['--count', values.count, '--seed', values.seed, '--fonts', 'holdout'];
  lexel('synth', '--out', words, ...drawn);
}
const score = (data) => JSON.parse(lexel('eval', data, '--model', values.model, '--json'));
const sets = [score(words), score(real)];

const percent = (v) => `${(100 * v).toFixed(1)} %`;
const points = (v) => `${v > 0 ? '+' : ''}${(100 * v).toFixed(1)}`;
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Accuracy by group of both sets, each with how many images it is of. */
function byGroup(key, what) {
  const names = [...new Set(sets.flatMap((s) => s[key].map((g) => g.name)))];
  const rows = names.map((name) => {
    const [g, r] = sets.map((s) => s[key].find((x) => x.name === name));
    const cell = (x) => (x ? `${percent(x.accuracy)} of ${x.count}` : '');
    return [name, cell(g), cell(r), g && r ? points(g.accuracy - r.accuracy) : ''];
  });
  return table([what, 'generated', 'real', 'difference'], rows);
}

/** How often a thing happens in 1,000 words of each set. */
function mistakes() {
  const rate = ({ mistakes: all, images }, test) =>
    (1000 * all.filter(test).reduce((sum, m) => sum + m.count, 0)) / images;
  const kinds = {
    'a letter for another': (m) => m.label !== '' && m.read !== '',
    'a letter left out': (m) => m.read === '',
    'a letter too many': (m) => m.label === '',
  };
  const rows = Object.entries(kinds).map(([name, test]) => [name, ...sets.map((s) => rate(s, test).toFixed(1))]);
  const pair = (m) => `${m.label || 'nothing'} read as ${m.read || 'nothing'}`;
  const common = [...new Set(sets.flatMap((s) => s.mistakes.slice(0, 12).map(pair)))];
  for (const name of common) rows.push([name, ...sets.map((s) => rate(s, (m) => pair(m) === name).toFixed(1))]);
  return table(['in 1,000 words', 'generated', 'real'], rows);
}

const whole = (s) => `${percent(s.wordAccuracy)} of ${s.images}`;
console.log(
  [
    table(
      ['', 'generated', 'real', 'difference'],
      [['words', ...sets.map(whole), points(sets[0].wordAccuracy - sets[1].wordAccuracy)]],
    ),
    byGroup('byCase', 'case'),
    byGroup('byContrast', 'contrast (95th less 5th percentile of the greys)'),
    byGroup('byLength', 'letters'),
    mistakes(),
  ].join('\n\n'),
);
