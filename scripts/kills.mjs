// What a run survives: it is killed (SIGKILL) at random moments, some of them while a checkpoint is being written, and resumed until
// it has finished. After each kill everything in its folder must be whole; at the end every loss and every weight must be those of a
// run that was left alone, bit for bit.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PNG } from 'pngjs';
import { root } from './paths.mjs';

const built = (...path) => join(root, 'dist', ...path);
const WIDTH = 16;
const STEPS = 40;
/** A small picture and a batch of one make a step short; a checkpoint after each makes writing one a large part of the time. */
const CONFIG = {
  base: 'word-small',
  name: 'kills',
  width: WIDTH,
  maxLabel: 2,
  batch: 1,
  steps: STEPS,
  logEvery: 1,
  checkpointEvery: 1,
  validateEvery: 8,
};
/** A run is killed at the latest so many steps after its start. */
const REACH = 6;

/** Whole numbers below `n` from a seed: Park and Miller's generator. */
function drawing(seed) {
  let state = (seed % 2147483646) + 1;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * n);
  };
}

/** Noise with a letter each. */
function writeSet(folder, draw) {
  mkdirSync(folder, { recursive: true });
  const labels = [...'ABCDEFGHIJKL'].map((letter, i) => {
    const png = new PNG({ width: WIDTH, height: 32 });
    for (let at = 0; at < png.data.length; at++) png.data[at] = at % 4 === 3 ? 255 : draw(256);
    writeFileSync(join(folder, `${i}.png`), PNG.sync.write(png));
    return `${i}.png\t${letter}\n`;
  });
  writeFileSync(join(folder, 'labels.tsv'), labels.join(''));
}

/** Starts the command line itself, with no process between that would take the kill. */
function start(work, run, env) {
  const resume = existsSync(join(run, 'config.json')) || existsSync(join(run, 'last.ckpt.safetensors'));
  const set = join(work, 'set');
  const args = ['train', '--config', join(work, 'kills.json'), '--data', set, '--val', set, '--out', run];
  const child = spawn(process.execPath, [built('cli', 'main.js'), ...args, ...(resume ? ['--resume'] : [])], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part) => {
    said += part;
  });
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, said }));
  });
  return { child, ended };
}

function linesOf(run) {
  const path = join(run, 'log.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '');
}

/** Entries of the log; the last line may have been cut off by a kill, no other. */
function entriesOf(run) {
  const lines = linesOf(run);
  return lines.flatMap((line, i) => {
    try {
      return [JSON.parse(line)];
    } catch (error) {
      if (i === lines.length - 1) return [];
      throw new Error(`log.jsonl, line ${i + 1} of ${lines.length}: ${error.message}`);
    }
  });
}

/** The loss of each step, from 0. */
function lossesOf(run) {
  const all = new Map();
  for (const { kind, step, losses } of entriesOf(run))
    if (kind === 'train') losses.forEach((loss, i) => void all.set(step - losses.length + i, loss));
  return all;
}

/** Reads what the folder holds; throws where a file is half. */
async function inspect(run) {
  const { decodeCheckpoint } = await import(pathToFileURL(built('train', 'checkpoint.js')).href);
  const { readSafetensors } = await import(pathToFileURL(built('nn', 'safetensors.js')).href);
  const bytes = (name) => (existsSync(join(run, name)) ? readFileSync(join(run, name)) : undefined);
  const last = bytes('last.ckpt.safetensors');
  const best = bytes('best.safetensors');
  for (const name of ['config.json', 'misreadings.json']) {
    const text = bytes(name);
    if (text) JSON.parse(text.toString('utf8'));
  }
  const report = bytes('report.html');
  if (report && !report.toString('utf8').endsWith('</html>\n')) throw new Error('report.html has no end');
  return {
    checkpoint: last && decodeCheckpoint(new Uint8Array(last), 'last.ckpt.safetensors'),
    best: best && readSafetensors(new Uint8Array(best), 'best.safetensors'),
    losses: lossesOf(run),
    halves: existsSync(run) ? readdirSync(run).filter((name) => name.endsWith('.tmp')) : [],
  };
}

/** Names of tensors that differ in any bit. */
function different(a, b) {
  const names = new Set([...a.keys(), ...b.keys()]);
  const same = (x, y) => x && y && Buffer.from(x.data.buffer, x.data.byteOffset, x.data.byteLength).equals(bytesOf(y));
  const bytesOf = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [...names].filter((name) => !same(a.get(name), b.get(name)));
}

/**
 * Kills the child `ms` after it has done `steps` steps, or, where `writing`, as soon as it then begins to write a checkpoint. Steps, not times,
 * because a busy machine may need ten times as long as before.
 */
function killLater(child, run, { steps, ms, writing }) {
  let watcher;
  let timer;
  let done = 0;
  const kill = () => {
    if (!writing || !existsSync(run)) return void child.kill('SIGKILL');
    watcher = watch(run, (_, name) => {
      if (name?.startsWith('last.ckpt') && name.endsWith('.tmp')) child.kill('SIGKILL');
    });
  };
  const arm = () => {
    if (timer === undefined && done >= steps) timer = setTimeout(kill, ms);
  };
  child.stderr.on('data', (part) => {
    done += String(part).match(/^step \d+\//gm)?.length ?? 0;
    arm();
  });
  arm();
  return () => {
    clearTimeout(timer);
    watcher?.close();
  };
}

/** Throws unless a killed run has everything up to its checkpoint, and the same as the run that was left alone. */
function checkKilled(now, before, whole) {
  if (before.checkpoint && !now.checkpoint) throw new Error('the checkpoint is lost');
  const step = now.checkpoint?.state.step ?? 0;
  if (step < (before.checkpoint?.state.step ?? 0)) throw new Error(`the checkpoint went back to step ${step}`);
  for (let i = 0; i < step; i++)
    if (!now.losses.has(i)) throw new Error(`the checkpoint is of step ${step}, the log lacks the loss of step ${i}`);
  for (const [i, loss] of now.losses)
    if (!Object.is(loss, whole.losses.get(i)))
      throw new Error(`step ${i}: loss ${loss}, left alone ${whole.losses.get(i)}`);
}

function checkFinished(now, whole) {
  if (now.losses.size !== STEPS) throw new Error(`${now.losses.size} losses, expected ${STEPS}`);
  const parts = [
    ...different(now.checkpoint.model, whole.checkpoint.model),
    ...different(now.checkpoint.optimizer, whole.checkpoint.optimizer),
    ...different(now.best.tensors, whole.best.tensors),
  ];
  if (parts.length > 0) throw new Error(`these tensors differ: ${parts.join(', ')}`);
  if (now.halves.length > 0) throw new Error(`left behind: ${now.halves.join(', ')}`);
}

/**
 * @param {object} options
 * @param {number} options.kills how many times to kill; more often where none of them hit a write
 * @param {string} options.work an empty folder
 * @param {Record<string, string>} [options.env] for the processes that train
 * @param {number} [options.seed] of the moments
 * @param {(text: string) => void} [options.say] progress
 */
export async function survive({ kills, work, env = {}, seed = 1, say = () => undefined }) {
  const draw = drawing(seed);
  mkdirSync(work, { recursive: true });
  writeSet(join(work, 'set'), draw);
  writeFileSync(join(work, 'kills.json'), JSON.stringify(CONFIG));

  const alone = join(work, 'alone');
  const begin = performance.now();
  const first = start(work, alone, env);
  let ready = 0;
  first.child.stderr.on('data', (part) => {
    if (ready === 0 && /^step 1\//m.test(String(part))) ready = performance.now() - begin;
  });
  const end = await first.ended;
  if (end.code !== 0) throw new Error(`the run that is left alone ended with ${end.code}: ${end.said}`);
  const each = (performance.now() - begin - ready) / STEPS;
  const whole = await inspect(alone);
  if (whole.losses.size !== STEPS) throw new Error(`the run that is left alone has ${whole.losses.size} losses`);
  say(`left alone: ${STEPS} steps; first after ${ready.toFixed(0)} ms, then ${each.toFixed(0)} ms a step`);

  const count = { kills: 0, runs: 0, starting: 0, writing: 0, halves: 0, losses: 0 };
  // On a busy machine a write may end before the kill comes: at least one must have been hit.
  const more = () => count.kills < kills || (count.writing === 0 && count.kills < 3 * kills);
  while (more()) {
    const run = join(work, `run-${count.runs + 1}`);
    let before = await inspect(run);
    for (;;) {
      const writing = count.kills % 3 === 2;
      const early = !writing && draw(5) === 0;
      const moment = early ? { steps: 0, ms: draw(ready), writing } : { steps: draw(REACH), ms: draw(each), writing };
      const { child, ended } = start(work, run, env);
      const stop = more() ? killLater(child, run, moment) : () => undefined;
      const { code, signal, said } = await ended;
      stop();
      const now = await inspect(run);
      if (signal !== 'SIGKILL') {
        if (code !== 0)
          throw new Error(`run ${count.runs + 1}, after kill ${count.kills}: ended with ${code}: ${said}`);
        checkKilled(now, before, whole);
        checkFinished(now, whole);
        count.runs++;
        count.losses += now.losses.size;
        say(`run ${count.runs} finished after ${count.kills} kills: ${STEPS} losses and all tensors equal`);
        break;
      }
      count.kills++;
      if (early) count.starting++;
      if (now.halves.some((name) => name.startsWith('last.ckpt'))) count.writing++;
      count.halves += now.halves.length;
      checkKilled(now, before, whole);
      say(
        `kill ${count.kills}/${kills}: at step ${now.losses.size}, checkpoint ${now.checkpoint?.state.step ?? 'none'}${now.halves.length > 0 ? ', while writing' : ''}`,
      );
      before = now;
    }
    rmSync(run, { recursive: true, force: true });
  }
  return count;
}
