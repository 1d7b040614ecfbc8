import { writeSafetensors } from '../nn/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import {
  encodeCheckpoint,
  type LogLine,
  type LoopState,
  type RunConfig,
  type ScoredReading,
  type Session,
  type SummaryValue,
  takeCheckpoint,
  type Validation,
  worst,
} from '../train/index.ts';
import type { Io } from './io.ts';
import { greyPng } from './png.ts';
import type { Misreading, RunFolder } from './run-folder.ts';
import type { RunData } from './train-data.ts';
import { writeRunReport } from './train-report.ts';

/** Misreadings kept of each validation. */
const SHOWN = 16;

const percent = (v: number) => `${(100 * v).toFixed(2)} %`;

/** What is written and printed while a run goes on: log lines, event files, checkpoints, the best weights. */
export function runHooks(parts: { session: Session; folder: RunFolder; config: RunConfig; data: RunData; io: Io }) {
  const { session, folder, config, data, io } = parts;
  const saved = config as unknown as Record<string, unknown>;
  return {
    onLog(line: LogLine): void {
      folder.append({ kind: 'train', ...line });
      const first = line.step - line.losses.length + 1;
      line.losses.forEach((loss, i) => {
        folder.summarise(first + i, [{ tag: 'loss/train', scalar: loss }]);
      });
      folder.summarise(line.step, [
        { tag: 'learning_rate', scalar: line.rate },
        { tag: 'images_per_second', scalar: line.imagesPerSecond },
      ]);
      const mean = line.losses.reduce((a, b) => a + b, 0) / Math.max(1, line.losses.length);
      const left = clock(line.secondsLeft);
      io.err(
        `step ${line.step}/${config.steps}${epochText(config, line.step)}  loss ${mean.toFixed(4)}  lr ${line.rate.toExponential(2)}  ${line.imagesPerSecond.toFixed(1)} images/s  left ${left}  data wait ${percent(line.idleShare)}\n`,
      );
    },

    onValidation({ step, sets, readings, best }: Validation): void {
      folder.append({ kind: 'validation', step, sets, best });
      const values: SummaryValue[] = Object.entries(sets).flatMap(([set, s]) => [
        { tag: `loss/${set}`, scalar: s.loss },
        { tag: `word_accuracy/${set}`, scalar: s.wordAccuracy },
        { tag: `letter_accuracy/${set}`, scalar: s.letterAccuracy },
      ]);
      const [judge] = Object.keys(sets);
      if (judge !== undefined) {
        const wrong = misreadings(readings[judge], data.validation[judge].images, config);
        values.push(...wrong.map((w, i) => ({ tag: `misreadings/${judge}/${i + 1}`, image: w.image })));
        if (wrong.length > 0) values.push({ tag: `misreadings/${judge}`, text: table(wrong.map((w) => w.reading)) });
        folder.writeMisreadings({
          step,
          set: judge,
          width: config.width,
          height: config.height,
          readings: wrong.map((w) => w.reading),
        });
      }
      folder.summarise(step, values);
      const text = Object.entries(sets).map(
        ([n, s]) =>
          `${n}: loss ${s.loss.toFixed(4)} words ${percent(s.wordAccuracy)} letters ${percent(s.letterAccuracy)}`,
      );
      writeRunReport(folder, config);
      io.err(`validation at step ${step}: ${text.join('; ')}${best ? ' (best)' : ''}\n`);
    },

    async onCheckpoint(state: LoopState): Promise<void> {
      const bytes = encodeCheckpoint(await takeCheckpoint(session.model, session.optimizer, state, saved));
      folder.sync();
      writeAtomically(folder.last, bytes);
    },

    async onBest(state: LoopState): Promise<void> {
      const tensors = await session.model.state();
      const metadata = { architecture: config.model, config: JSON.stringify(config), step: String(state.step) };
      writeAtomically(folder.best, writeSafetensors({ tensors, metadata }));
    },
  };
}

function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

function epochText({ epochs, batch }: RunConfig, step: number): string {
  return epochs ? `  epoch ${Math.ceil(step / Math.ceil(epochs.images / batch))}/${epochs.count}` : '';
}

function misreadings(readings: readonly ScoredReading[], images: Uint8Array, { width, height }: RunConfig) {
  return worst(readings, SHOWN).map((i) => {
    const grey = images.subarray(i * width * height, (i + 1) * width * height);
    const png = greyPng({ width, height, grey });
    const { label, text, confidence } = readings[i];
    const reading: Misreading = { label, text, confidence, grey: Buffer.from(grey).toString('base64') };
    return { reading, image: { width, height, png } };
  });
}

/** A Markdown table, with what would end a cell made harmless. */
function table(readings: readonly Misreading[]): string {
  const cell = (text: string) => text.replace(/[|\\`*_<>]/g, '\\$&');
  const rows = readings.map((r, i) => `| ${i + 1} | ${cell(r.label)} | ${cell(r.text)} | ${r.confidence.toFixed(3)} |`);
  return ['| | label | read | confidence |', '|---|---|---|---|', ...rows].join('\n');
}
