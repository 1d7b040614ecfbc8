/** npm run bench:peers: Lexel and its peers in turn on the same machine. */
import { cpus, loadavg, type } from 'node:os';
import { parseArgs } from 'node:util';
import { Engine } from './engine.ts';
import type { Opened } from './peer.ts';
import { measureAlternately, openAll, type RoundOptions } from './round.ts';
import { figures, notesOf, type Row, tableOf } from './table.ts';
import { type Workload, workloads } from './workloads.ts';

/** Engines that share an adapter; the first is what the others are compared with. */
const GROUPS = [
  {
    title: "Node, Dawn's adapter; torch and ort-wasm on the processor",
    engines: ['lexel', 'tfjs', 'jax-js', 'ort-webgpu', 'ort-wasm', 'torch'],
  },
  { title: 'Chromium', engines: ['lexel@chromium', 'ort-webgpu@chromium', 'ort-wasm@chromium'] },
] as const;

const HELP = `npm run bench:peers -- [options]

  --filter TEXT     only workloads whose name contains it
  --engines A,B     only these: ${GROUPS.flatMap((g) => g.engines).join(', ')}
                    (lexel of the same group always runs)
  --rounds N        samples of each engine, of which the median counts (default 5)
  --seconds N       per workload and group; no further round begins after it (default 60)
  --tiny            small shapes that only show that all of it runs
  --json            one JSON object instead of tables

Everything takes about an hour on two cores without a GPU: --filter and --engines cut it down.
`;

function options() {
  const { values } = parseArgs({
    options: {
      filter: { type: 'string' },
      engines: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '60' },
      tiny: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: expected a whole number, got ${values.rounds}`);
  if (!(seconds > 0)) throw new Error(`--seconds: expected a number above 0, got ${values.seconds}`);
  const all: readonly string[] = GROUPS.flatMap((g) => g.engines);
  const wanted = values.engines?.split(',') ?? all;
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--engines: expected ${all.join(', ')}, got ${unknown}`);
  const list = workloads(values.tiny).filter((w) => w.name.includes(values.filter ?? ''));
  if (list.length === 0)
    throw new Error(
      `--filter: expected part of ${workloads(values.tiny)
        .map((w) => JSON.stringify(w.name))
        .join(', ')}`,
    );
  return { ...values, rounds, seconds, wanted, list };
}

interface GroupResult {
  readonly title: string;
  readonly baseline: string;
  readonly engines: readonly ({ name: string } & Opened)[];
  readonly rows: readonly Row[];
}

const skipped: string[] = [];
/** One line that is rewritten, on terminals alone. */
const terminal = process.stderr.isTTY === true;
const clear = () => terminal && process.stderr.write('\r\u001b[K');

async function runGroup(
  title: string,
  names: readonly string[],
  o: ReturnType<typeof options>,
  print: (text: string) => void,
): Promise<GroupResult> {
  const progress: Pick<RoundOptions, 'onSkip' | 'onProgress'> = {
    onSkip: (line) => {
      skipped.push(line);
      if (o.json) process.stderr.write(`${line}\n`);
      print(`${line}\n`);
    },
    onProgress: (text) => terminal && process.stderr.write(`\r\u001b[Kpeers: ${text}`),
  };
  const engines = names.map((name) => new Engine(name));
  try {
    const opened = await openAll(engines, progress);
    const ready = engines.filter((e) => opened.has(e));
    const about = ready.map((e) => ({ name: e.name, ...(opened.get(e) ?? { version: '', device: '' }) }));
    print(`\n${title}\n`);
    for (const { name, version, device } of about) print(`  ${name} ${version}: ${device}\n`);
    const table = tableOf(names);
    print(`\n${table.head}`);
    const rows: Row[] = [];
    for (const w of ready.length > 0 ? o.list : []) {
      const row = await measureAlternately(ready, w, { ...progress, rounds: o.rounds, secondsPerWorkload: o.seconds });
      rows.push(row);
      print(table.row(row));
    }
    for (const note of notesOf(rows)) print(`${note}\n`);
    return { title, baseline: names[0], engines: about, rows };
  } finally {
    for (const e of engines) e.close();
  }
}

function header() {
  return {
    date: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() || 'unknown CPU'}, ${type()}`,
    load: loadavg().map((v) => Number(v.toFixed(2))),
    node: process.version,
  };
}

function jsonOf(group: GroupResult, list: readonly Workload[]) {
  const rows = group.rows.map((row) => ({
    workload: list.find((w) => w.name === row.workload),
    figures: figures(row, group.baseline),
    timings: row.timings,
  }));
  return { title: group.title, engines: group.engines, rows };
}

async function main(): Promise<void> {
  const o = options();
  if (o.help) {
    process.stdout.write(HELP);
    return;
  }
  const print = (text: string) => {
    clear();
    if (!o.json) process.stdout.write(text);
  };
  const start = header();
  print(
    `machine  ${start.machine}, load average ${start.load.join(' ')}\nrun      ${start.date}, Node ${start.node}\n`,
  );
  print(
    `cells    median ms of up to ${o.rounds} alternating samples (the engine's time over Lexel's: above 1x Lexel is faster)\n`,
  );
  const results: GroupResult[] = [];
  for (const { title, engines } of GROUPS) {
    const names = engines.filter((name, i) => i === 0 || o.wanted.includes(name));
    const asked = engines.some((name) => o.wanted.includes(name));
    if (asked) results.push(await runGroup(title, names, o, print));
  }
  if (o.json) {
    const groups = results.map((g) => jsonOf(g, o.list));
    process.stdout.write(`${JSON.stringify({ ...start, rounds: o.rounds, skipped, groups }, null, 2)}\n`);
    return;
  }
  print(`\nload average ${header().load.join(' ')} at the end\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`peers: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
