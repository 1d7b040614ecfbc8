import { checkOps, OP_CHECKS, type OpReport, untouchedKernels } from '../../src/check/index.ts';
import type { Device } from '../../src/engine.ts';
import { DeviceLostError } from '../../src/index.ts';
import { KERNELS } from '../../src/kernels/index.ts';
import { hideTrouble, openDevice, showTrouble } from '../gpu.ts';
import { element, explain, make, milliseconds, painted, say } from '../page.ts';
import { copyText } from './clipboard.ts';
import { type Machine, machineOf, showMachine } from './machine.ts';

const page = element('page', HTMLElement);
const go = element('go', HTMLButtonElement);
const stop = element('stop', HTMLButtonElement);
const all = element('all', HTMLInputElement);
const progress = element('progress', HTMLElement);
const bar = element('bar', HTMLProgressElement);
const done = element('done', HTMLElement);
const rows = element('rows', HTMLTableSectionElement);
const text = element('text', HTMLTextAreaElement);

let device: Device | undefined;
let stopped = false;

const showShare = (used: number) =>
  !Number.isFinite(used) ? '∞' : used < 10 ? used.toFixed(3) : used.toExponential(1);
const checked = (r: OpReport) => (r.gradient ? 'forward, gradient' : 'forward');

function showRow(r: OpReport): void {
  const fill = make('i');
  fill.style.width = `${100 * Math.min(1, r.used)}%`;
  const share = make('span', { className: 'share' }, showShare(r.used), make('span', {}, fill));
  rows.append(
    make(
      'tr',
      { className: r.ok ? '' : 'failed' },
      make('td', {}, make('code', {}, r.op)),
      make('td', {}, r.variant),
      make('td', { className: 'number' }, String(r.cases)),
      make('td', {}, checked(r)),
      make('td', {}, share),
      make('td', { className: r.ok ? 'good' : 'bad' }, r.ok ? '✓ right' : '✗ wrong'),
    ),
    ...r.failures.map((f) =>
      make('tr', { className: 'failure' }, make('td', { colSpan: 6 }, `${f.name}: ${f.problem}`)),
    ),
  );
}

/** The report as one pastes it into an issue. */
function reportOf(machine: Machine, reports: readonly OpReport[], untouched: readonly string[], ms: number): string {
  const failed = reports.filter((r) => !r.ok);
  const kernels = Object.keys(KERNELS).length;
  const line = (r: OpReport) =>
    `${r.op.padEnd(18)}${r.variant.padEnd(10)}${String(r.cases).padStart(5)}  ${checked(r).padEnd(18)}${showShare(r.used).padEnd(9)}${r.ok ? 'ok' : 'FAIL'}`;
  return [
    `Lexel check, ${machine.date}`,
    `adapter   ${machine.adapter}`,
    `browser   ${machine.browser}`,
    `features  ${machine.features}`,
    `limits    ${machine.limits}`,
    '',
    ...reports.flatMap((r) => [line(r), ...r.failures.map((f) => `    ${f.name}: ${f.problem}`)]),
    '',
    failed.length > 0
      ? `FAIL: ${failed.length} of ${reports.length} checks: ${failed.map((r) => `${r.op} (${r.variant})`).join(', ')}`
      : `ok: ${reports.length} checks of ${new Set(reports.map((r) => r.op)).size} ops, ${kernels - untouched.length} of ${kernels} kernels, in ${milliseconds(ms)}`,
    ...(untouched.length > 0 ? [`not reached by any case: ${untouched.join(', ')}`] : []),
  ].join('\n');
}

async function check(on: Device): Promise<void> {
  stopped = false;
  go.disabled = true;
  stop.hidden = false;
  progress.hidden = false;
  rows.replaceChildren();
  element('results', HTMLElement).hidden = false;
  element('report', HTMLElement).hidden = true;
  page.dataset.state = 'checking';
  const begin = performance.now();
  const reports: OpReport[] = [];
  const seen = new Set<string>();
  try {
    for await (const report of checkOps(on, { all: all.checked })) {
      reports.push(report);
      seen.add(report.op);
      showRow(report);
      bar.value = seen.size / OP_CHECKS.length;
      done.textContent = `${seen.size}/${OP_CHECKS.length}`;
      say(`Checking… ${report.op} is ${report.ok ? 'right' : 'wrong'}.`);
      if (stopped) break;
      await painted();
    }
    const failed = reports.filter((r) => !r.ok).length;
    const ms = performance.now() - begin;
    const untouched = stopped ? [] : untouchedKernels(on);
    text.value = reportOf(machineOf(on), reports, untouched, ms) + (stopped ? '\nstopped before the end' : '');
    element('report', HTMLElement).hidden = false;
    if (failed > 0)
      say(
        `${failed} of ${reports.length} checks are wrong on this GPU. Update the graphics driver, or send the report.`,
        true,
      );
    else say(`${stopped ? 'Stopped. So far all' : 'All'} ${reports.length} checks are right (${milliseconds(ms)}).`);
    page.dataset.state = failed > 0 ? 'wrong' : 'right';
  } catch (error) {
    page.dataset.state = 'ready';
    if (error instanceof DeviceLostError) showTrouble(error, () => location.reload());
    else say(explain(error), true);
  } finally {
    go.disabled = false;
    stop.hidden = true;
    progress.hidden = true;
  }
}

go.addEventListener('click', () => {
  if (device) void check(device);
});
stop.addEventListener('click', () => {
  stopped = true;
});
element('copy', HTMLButtonElement).addEventListener('click', () => void copyText(text.value, () => text.select()));

async function open(): Promise<void> {
  hideTrouble();
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
  say(`${OP_CHECKS.length} operations to check.`);
}
void open();
