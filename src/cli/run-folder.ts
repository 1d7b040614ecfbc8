import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, FormatError } from '../gpu/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  type LogLine,
  type LoopState,
  openingRecords,
  type RunConfig,
  type SetScores,
  type Spent,
  type SummaryValue,
  savedConfig,
  summaryRecord,
} from '../train/index.ts';

/** One line of log.jsonl. */
export type LogEntry =
  | { kind: 'start'; time: string; step: number; adapter: string; parameters: number }
  | ({ kind: 'train' } & LogLine)
  | { kind: 'validation'; step: number; sets: Readonly<Record<string, SetScores>>; best: boolean }
  | { kind: 'end'; step: number; best: number; bestStep: number; why: 'steps' | 'patience'; spent: Spent };

/** A reading that was wrong, with its picture. */
export interface Misreading {
  readonly label: string;
  readonly text: string;
  readonly confidence: number;
  /** Grey levels, row by row, base64. */
  readonly grey: string;
}

/** What the last validation got wrong. */
export interface Misreadings {
  readonly step: number;
  readonly set: string;
  readonly width: number;
  readonly height: number;
  readonly readings: readonly Misreading[];
}

/**
 * The folder of a run. Whatever must be whole is written beside its place and renamed; what grows is appended a line or record at a time
 * and cut back to the checkpoint when the run goes on. So a kill at any moment loses at most the steps since the last checkpoint, and
 * those are repeated to the same bits.
 */
export class RunFolder {
  readonly log: string;
  readonly last: string;
  readonly best: string;
  readonly report: string;
  private events: string | undefined;

  constructor(readonly path: string) {
    this.log = join(path, 'log.jsonl');
    this.last = join(path, 'last.ckpt.safetensors');
    this.best = join(path, 'best.safetensors');
    this.report = join(path, 'report.html');
  }

  /** Whether a run has begun here. */
  get begun(): boolean {
    return existsSync(this.last) || existsSync(this.file('config.json'));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** @throws FormatError when the checkpoint is damaged. */
  readCheckpoint(): Checkpoint | undefined {
    return existsSync(this.last) ? decodeCheckpoint(readFileSync(this.last), this.last) : undefined;
  }

  /** The configuration of a run that was ended before its first checkpoint. @throws ArgumentError where there is none. */
  readConfig(): RunConfig {
    if (!existsSync(this.file('config.json')))
      throw new ArgumentError(`train: there is no checkpoint ${this.last} to resume from`, {
        hint: 'Leave --resume out to start.',
      });
    try {
      return savedConfig(JSON.parse(readFileSync(this.file('config.json'), 'utf8')) as Record<string, unknown>);
    } catch (cause) {
      throw new FormatError(`${this.file('config.json')}: not a configuration: ${(cause as Error).message}`, {
        hint: 'Mend it, or start again in another folder.',
        cause,
      });
    }
  }

  /** Makes the folder ready for a run that stands at `state`: what lies after it goes. */
  open(config: RunConfig, state: LoopState): void {
    mkdirSync(this.path, { recursive: true });
    for (const name of readdirSync(this.path)) if (name.endsWith('.tmp')) unlinkSync(this.file(name));
    writeAtomically(this.file('config.json'), `${JSON.stringify(config, null, 2)}\n`);
    if (existsSync(this.log)) {
      const kept = readLog(this.log).filter((e) => isPast(e, state));
      writeAtomically(this.log, kept.map((e) => `${JSON.stringify(e)}\n`).join(''));
    }
    // TensorBoard reads the files of a folder in the order of their names.
    const now = Date.now();
    this.events = this.file(`events.out.tfevents.${now}.${hostname()}.${process.pid}`);
    appendFileSync(this.events, openingRecords(now / 1000, state.step));
  }

  append(entry: LogEntry): void {
    appendFileSync(this.log, `${JSON.stringify(entry)}\n`);
  }

  /** Adds values to the event file. */
  summarise(step: number, values: readonly SummaryValue[]): void {
    if (this.events) appendFileSync(this.events, summaryRecord(Date.now() / 1000, step, values));
  }

  /** Brings the log to the disk: a checkpoint must not outlive the lines before it. */
  sync(): void {
    for (const path of [this.log, this.events]) {
      if (path === undefined || !existsSync(path)) continue;
      const fd = openSync(path, 'r+');
      fsyncSync(fd);
      closeSync(fd);
    }
  }

  writeMisreadings(misreadings: Misreadings): void {
    writeAtomically(this.file('misreadings.json'), JSON.stringify(misreadings));
  }

  readMisreadings(): Misreadings | undefined {
    const path = this.file('misreadings.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Misreadings) : undefined;
  }
}

function isPast(entry: LogEntry, state: LoopState): boolean {
  if (entry.kind === 'end') return false;
  return entry.step <= (entry.kind === 'validation' ? state.validated : state.step);
}

/** The entries of a log; a last line that was cut off by a kill is left out. */
export function readLog(path: string): LogEntry[] {
  const out: LogEntry[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      out.push(JSON.parse(line) as LogEntry);
    } catch {
      // Only what was being written when the process ended can be no JSON.
    }
  }
  return out;
}
