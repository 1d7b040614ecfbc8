import {
  type BenchCase,
  benchModels,
  type ModelSpec,
  measure,
  modelsOf,
  rate,
  selectCases,
} from '../../src/bench/index.ts';
import type { Device } from '../../src/engine.ts';
import { DeviceLostError } from '../../src/index.ts';
import { hideTrouble, isSoftware, openDevice, showTrouble } from '../gpu.ts';
import { element, explain, make, milliseconds, painted, say } from '../page.ts';
import { copyText } from './clipboard.ts';
import { machineOf, showMachine } from './machine.ts';
import { PUBLISHED, SOURCE } from './published.ts';

/** One figure of this device. */
interface Figure {
  readonly key: string;
  readonly title: string;
  readonly shape: string;
  readonly value: number;
  readonly unit: string;
  readonly ms: number;
}

/** What is measured, in this order: the key names the published figure beside it. */
interface Job {
  readonly key: string;
  readonly title: string;
  run(device: Device, repeat: number): Promise<Figure[]>;
}

const page = element('page', HTMLElement);
const go = element('go', HTMLButtonElement);
const stop = element('stop', HTMLButtonElement);
const progress = element('progress', HTMLElement);
const bar = element('bar', HTMLProgressElement);
const done = element('done', HTMLElement);
const bars = element('bars', HTMLElement);
const copy = element('copy', HTMLButtonElement);

let device: Device | undefined;
let stopped = false;
let figures: Figure[] = [];

function kernelJob(key: string, title: string, pick: (c: BenchCase) => boolean): Job[] {
  const found = selectCases('all').find(pick);
  if (!found) return [];
  const run = async (on: Device, repeat: number): Promise<Figure[]> => {
    const result = await measure(on, found, { repeat });
    return [{ key, title, shape: found.shape, ms: result.ms, ...rate(result) }];
  };
  return [{ key, title, run }];
}

/** The pass of a layer, by the bench's own words for them. */
const layer = (op: string, pass: string, place: string) => (c: BenchCase) =>
  c.op === op && c.pass === pass && c.label.includes(place);

function modelJob(spec: ModelSpec): Job {
  const title = `${spec.model}, the whole network`;
  return {
    key: spec.model,
    title,
    async run(on, repeat) {
      const out: Figure[] = [];
      await benchModels(on, spec, {
        repeat,
        onProgress: (text) => say(`Measuring ${text}…`),
        onResult: ({ pass, batch, imagesPerSecond, ms, dispatches }) => {
          const doing = pass === 'train' ? 'training' : 'reading';
          out.push({
            key: `${pass}-${batch}`,
            title: `${spec.model}, ${doing}`,
            shape: `batch ${batch}, ${dispatches} dispatches`,
            value: imagesPerSecond,
            unit: 'words/s',
            ms,
          });
        },
      });
      return out;
    },
  };
}

/** Software adapters leave out what takes them a minute. */
function jobsFor(on: Device): Job[] {
  const slow = isSoftware(on.adapter);
  const squares = (n: number) => (c: BenchCase) =>
    c.op === 'matmul' && c.pass === 'forward' && c.shape === `${n} x ${n} by ${n} x ${n}, NN`;
  const kernels = [
    ...kernelJob('matmul-512', 'Matrix product', squares(512)),
    ...(slow ? [] : kernelJob('matmul-1024', 'Matrix product', squares(1024))),
    ...kernelJob('conv-small', 'Convolution 3x3', layer('conv2d', 'forward', 'word-small conv3')),
    ...(slow
      ? []
      : [
          ...kernelJob('conv-forward', 'Convolution 3x3', layer('conv2d', 'forward', 'article stage2')),
          ...kernelJob(
            'conv-backward',
            'Convolution 3x3, both gradients',
            layer('conv2d', 'backward', 'article stage2'),
          ),
        ]),
    ...kernelJob('lstm', 'LSTM both ways, one dispatch', layer('lstm', 'forward', 'word-small')),
    ...kernelJob('lstm-backward', 'LSTM, gradients', layer('lstm', 'backward', 'word-small')),
    ...kernelJob('ctc', 'CTC loss and gradient', layer('ctc', 'forward', 'word-small')),
    ...kernelJob('adam', 'Adam, all parameters at once', (c) => c.op === 'adam' && c.group === 'word-small'),
  ];
  const models = modelsOf((group) => group === 'word-small').map((m) => modelJob(slow ? { ...m, train: [] } : m));
  return [...kernels, ...models];
}

/** A figure as one reads it: three digits. */
function digits(value: number): string {
  return value >= 100 ? value.toLocaleString('en', { maximumFractionDigits: 0 }) : String(Number(value.toPrecision(3)));
}

/** Bars are logarithmic over the decades that a chart's own figures span. */
function show(): void {
  const groups = new Map<string, Figure[]>();
  for (const f of figures) groups.set(f.unit, [...(groups.get(f.unit) ?? []), f]);
  bars.replaceChildren(
    ...[...groups].flatMap(([unit, group]) => {
      const values = group.flatMap((f) => [f.value, ...(PUBLISHED[f.key] ?? []).map((p) => p.value)]);
      const low = Math.floor(Math.log10(Math.min(...values)) - 0.3);
      const high = Math.max(low + 1, Math.log10(Math.max(...values)));
      const width = (v: number) => `${100 * Math.max(0, Math.min(1, (Math.log10(v) - low) / (high - low)))}%`;
      const line = (value: number, note: string, className: string) => {
        const fill = make('i');
        fill.style.width = width(value);
        return make(
          'p',
          { className },
          make('span', { className: 'track' }, fill),
          make('span', {}, `${digits(value)} ${unit}`, note),
        );
      };
      return group.map((f) =>
        make(
          'section',
          { className: 'case' },
          make('h3', {}, `${f.title} `, make('small', {}, `${f.shape}, ${milliseconds(f.ms)}`)),
          line(f.value, '', ''),
          ...(PUBLISHED[f.key] ?? []).map((p) => {
            const other = line(p.value, '', 'soft tone-2');
            other.title = p.device;
            other.append(make('span', { className: 'unseen' }, `, ${p.device}`));
            return other;
          }),
        ),
      );
    }),
  );
}

function reportOf(on: Device): string {
  const machine = machineOf(on);
  return [
    `Lexel speed, ${machine.date}`,
    `adapter   ${machine.adapter}`,
    `browser   ${machine.browser}, ${machine.cores} cores`,
    '',
    '| what | shape | median | rate |',
    '| --- | --- | --- | --- |',
    ...figures.map((f) => `| ${f.title} | ${f.shape} | ${milliseconds(f.ms)} | ${digits(f.value)} ${f.unit} |`),
  ].join('\n');
}

async function run(on: Device): Promise<void> {
  stopped = false;
  figures = [];
  go.disabled = true;
  stop.hidden = false;
  progress.hidden = false;
  copy.hidden = true;
  page.dataset.state = 'measuring';
  const jobs = jobsFor(on);
  const repeat = isSoftware(on.adapter) ? 3 : 5;
  try {
    for (const [i, job] of jobs.entries()) {
      if (stopped) break;
      bar.value = i / jobs.length;
      done.textContent = `${i + 1}/${jobs.length}`;
      say(`Measuring: ${job.title}…`);
      await painted();
      figures.push(...(await job.run(on, repeat)));
      show();
    }
    say(stopped ? 'Stopped.' : `Done: ${figures.length} figures.`);
  } catch (error) {
    if (error instanceof DeviceLostError) showTrouble(error, () => location.reload());
    else say(explain(error), true);
  } finally {
    go.disabled = false;
    stop.hidden = true;
    progress.hidden = true;
    copy.hidden = figures.length === 0;
    if (page.dataset.state === 'measuring') page.dataset.state = 'done';
  }
}

go.addEventListener('click', () => {
  if (device) void run(device);
});
stop.addEventListener('click', () => {
  stopped = true;
  say('Stopping after this one…');
});
copy.addEventListener('click', () => {
  if (device) void copyText(reportOf(device));
});

async function open(): Promise<void> {
  hideTrouble();
  element('source', HTMLElement).textContent = SOURCE;
  say('Opening the GPU…');
  try {
    device = await openDevice();
  } catch (error) {
    showTrouble(error, () => void open());
    return;
  }
  page.dataset.state = 'ready';
  showMachine(machineOf(device));
  go.disabled = false;
  say(
    isSoftware(device.adapter)
      ? 'Ready. There is no GPU here: the largest cases are left out.'
      : 'Ready: about half a minute.',
  );
}
void open();
