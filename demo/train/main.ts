import type { Device } from '../../src/engine.ts';
import { DeviceLostError, loadModelBytes, readModel, WORD_MODEL } from '../../src/index.ts';
import { Alphabet } from '../../src/nn/index.ts';
import { hideTrouble, isSoftware, openDevice, showTrouble } from '../gpu.ts';
import { fillModels } from '../models.ts';
import { download, element, explain, minutes, onFiles, say } from '../page.ts';
import { type KeptModel, keep } from '../store.ts';
import { drawSample, hasTypeface, loadTypeface } from './draw.ts';
import type { BestSoFar } from './finetune.ts';
import { type History, Run, type RunHooks, split } from './run.ts';
import { SampleList } from './samples.ts';
import { showCurves, showReadings, verdictOf } from './show.ts';
import { chooseWords } from './words.ts';

const page = element('page', HTMLElement);
const files = element('files', HTMLInputElement);
const fontPanel = element('font-panel', HTMLDetailsElement);
const fontName = element('font-name', HTMLElement);
const fontFamily = element('font-family', HTMLInputElement);
const fontWords = element('font-words', HTMLTextAreaElement);
const count = element('count', HTMLElement);
const clear = element('clear', HTMLButtonElement);
const base = element('base', HTMLSelectElement);
const start = element('start', HTMLButtonElement);
const stop = element('stop', HTMLButtonElement);
const progress = element('progress', HTMLElement);
const bar = element('bar', HTMLProgressElement);
const left = element('left', HTMLElement);
const outcome = element('outcome', HTMLElement);
const verdict = element('verdict', HTMLElement);
const name = element('name', HTMLInputElement);
const resume = element('resume', HTMLElement);

/** Fewer pictures teach nothing that holds. */
const FEWEST = 4;

let device: Device | undefined;
let models: ReadonlyMap<string, KeptModel> = new Map();
let running: Run | undefined;
let finished: { run: Run; best: BestSoFar } | undefined;
const samples = new SampleList(refresh);

function refresh(): void {
  const { size, unready } = samples;
  const usable = size - unready;
  const missing = unready > 0 ? `, ${unready} without a word it can learn` : '';
  count.textContent = size === 0 ? 'No pictures yet.' : `${size} ${size === 1 ? 'picture' : 'pictures'}${missing}.`;
  clear.hidden = size === 0;
  start.disabled = !device || running !== undefined || usable < FEWEST;
  start.textContent = usable < FEWEST ? `Train (needs ${FEWEST} labelled pictures)` : `Train on ${usable} pictures`;
}

/** A field's number within its own limits. */
function numberOf(id: string): number {
  const field = element(id, HTMLInputElement);
  const least = Number(field.min);
  const value = Number(field.value);
  const sound = Number.isFinite(value) && field.value !== '' ? value : Number(field.defaultValue);
  const clamped = Math.max(least, field.max === '' ? sound : Math.min(Number(field.max), sound));
  field.value = String(clamped);
  return clamped;
}

async function take(all: File[]): Promise<void> {
  const kind = (f: File) => /\.([^.]+)$/.exec(f.name)?.[1].toLowerCase() ?? '';
  const isFont = (f: File) => ['ttf', 'otf', 'woff', 'woff2'].includes(kind(f));
  const isList = (f: File) => ['tsv', 'csv'].includes(kind(f));
  say('Reading the files…');
  const problems: string[] = [];
  const told: string[] = [];
  const pictures = all.filter((f) => !isFont(f) && !isList(f));
  if (pictures.length > 0) {
    problems.push(...(await samples.addFiles(pictures)));
    const added = pictures.length - problems.length;
    if (added > 0) told.push(`${added} ${added === 1 ? 'picture' : 'pictures'} added.`);
  }
  for (const file of all.filter(isList)) {
    try {
      const found = samples.addLabels(await file.text(), kind(file) === 'csv' ? 'csv' : 'tsv');
      if (found > 0) told.push(`${file.name} labelled ${found} of ${samples.size} pictures.`);
      else
        problems.push(
          `${file.name} names none of these pictures. Add the pictures first; a line is: file name, tab, word`,
        );
    } catch (error) {
      problems.push(`${file.name}: ${explain(error)}`);
    }
  }
  for (const file of all.filter(isFont)) {
    try {
      fontFamily.value = await loadTypeface(file);
      fontName.textContent = `${file.name} is loaded.`;
      fontPanel.open = true;
      told.push(`${file.name} is loaded: now draw words in it.`);
    } catch {
      problems.push(`${file.name} is no typeface that this browser can use`);
    }
  }
  say([...told, ...problems.slice(0, 5).map((p) => (/[.!?]$/.test(p) ? p : `${p}.`))].join(' '), problems.length > 0);
}

files.addEventListener('change', () => {
  void take([...(files.files ?? [])]);
  files.value = '';
});
onFiles((all) => void take(all), {
  pasteInto: (t) => t instanceof HTMLInputElement || t instanceof HTMLTextAreaElement,
});
clear.addEventListener('click', () => samples.clear());

element('font-draw', HTMLButtonElement).addEventListener('click', () => {
  const family = fontFamily.value.trim();
  if (family === '' || !hasTypeface(family)) {
    say(
      family === '' ? 'Choose a typeface first.' : `This device has no typeface called ${family}: drop its file here.`,
      true,
    );
    return;
  }
  const words = chooseWords(fontWords.value, numberOf('font-count'));
  words.forEach((word, i) => {
    samples.add(drawSample(word, family, i + 1), `${family}: ${word}`);
  });
  refresh();
  say(`${words.length} words drawn in ${family}.`);
});

/** The bytes of the model chosen to start from. */
async function baseBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const own = models.get(base.value);
  if (own) return own.bytes;
  return new Uint8Array((await loadModelBytes(WORD_MODEL)).bytes);
}

async function chooseBase(): Promise<void> {
  try {
    const { info } = await readModel(await baseBytes(), base.value || 'word-small');
    if (info.reads === 'line')
      throw new Error(`${info.name} reads lines; this page teaches readers of words. Choose another.`);
    // Both architectures halve the width twice.
    samples.setModel(new Alphabet(info.alphabet), Math.floor(info.width / 4) - info.skip);
  } catch (error) {
    say(explain(error), true);
  }
}
base.addEventListener('change', () => void chooseBase());

start.addEventListener('click', async () => {
  const { training, held } = split(samples.ready(), Number(element('held', HTMLSelectElement).value));
  const settings = {
    steps: numberOf('steps'),
    batch: numberOf('batch'),
    rate: numberOf('rate'),
    strength: numberOf('strength'),
    mix: numberOf('mix'),
    validateEvery: Math.max(2, Math.min(20, Math.round(numberOf('steps') / 20))),
    seed: 1,
  };
  try {
    await train(await Run.begin({ base: await baseBytes(), training, held, settings }));
  } catch (error) {
    say(explain(error), true);
  }
});
stop.addEventListener('click', () => {
  stop.disabled = true;
  say('Stopping after this step…');
  running?.stop();
});

/** What the run tells while it goes on. */
function hooksOf(run: Run): RunHooks {
  const { steps, batch } = run.settings;
  return {
    onStep(history: History, secondsLeft: number, imagesPerSecond: number) {
      bar.value = run.step / steps;
      left.textContent = minutes(secondsLeft);
      showCurves(history, steps);
      say(
        `Step ${run.step} of ${steps}, ${batch} pictures each: ${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} pictures a second.`,
      );
    },
    onLook(history: History) {
      showCurves(history, steps);
      showReadings(run.held, history);
    },
    onKeepFailed(error: unknown) {
      left.title = explain(error);
      say(`This browser cannot keep the run: a reload would end it. ${explain(error)}`, true);
    },
  };
}

async function train(run: Run): Promise<void> {
  if (!device) return;
  running = run;
  finished = undefined;
  resume.hidden = true;
  outcome.hidden = true;
  progress.hidden = false;
  bar.removeAttribute('value');
  stop.hidden = false;
  stop.disabled = false;
  page.dataset.state = 'training';
  refresh();
  say('Compiling the training step for this GPU: the first step may take a while…');
  let lost: unknown;
  try {
    const best = await run.go(device, hooksOf(run));
    finished = { run, best };
    say(`Done after ${run.step} steps.`);
    showOutcome(run);
    await Run.discard().catch(() => undefined);
  } catch (error) {
    lost = error;
  } finally {
    running = undefined;
    progress.hidden = true;
    stop.hidden = true;
    page.dataset.state = 'ready';
    refresh();
  }
  if (lost === undefined) return;
  if (lost instanceof DeviceLostError) showTrouble(lost, () => location.reload());
  else say(explain(lost), true);
  await offerResume();
}

function showOutcome(run: Run): void {
  verdict.textContent = verdictOf(run.history);
  outcome.hidden = false;
}

/** The finished model under the name in the field. */
async function packed(): Promise<KeptModel> {
  if (!device || !finished) throw new Error('There is no trained model yet.');
  const title = name.value.trim().replace(/[\\/:*?"<>|]/g, '-') || 'my-words';
  const { run, best } = finished;
  const note = `trained here on ${run.training.length} pictures`;
  return { name: title, bytes: await run.pack(device, best, title), note };
}

element('save', HTMLButtonElement).addEventListener('click', async () => {
  try {
    const model = await packed();
    download(model.bytes, `${model.name}.safetensors`, 'application/octet-stream');
    say(`${model.name}.safetensors: ${(model.bytes.length / 1e6).toFixed(1)} MB, in your downloads.`);
  } catch (error) {
    say(explain(error), true);
  }
});
element('use', HTMLButtonElement).addEventListener('click', async () => {
  try {
    const model = await packed();
    await keep('models', model.name, model);
    location.href = `./index.html?model=${encodeURIComponent(model.name)}`;
  } catch (error) {
    say(explain(error), true);
  }
});

async function offerResume(): Promise<void> {
  const run = await Run.interrupted().catch(() => undefined);
  resume.hidden = run === undefined;
  if (!run) return;
  element('resume-text', HTMLElement).textContent =
    `A run on ${run.training.length} pictures stopped at step ${run.step} of ${run.settings.steps}.`;
  showCurves(run.history, run.settings.steps);
  showReadings(run.held, run.history);
  element('resume-go', HTMLButtonElement).onclick = () => void train(run);
  element('resume-drop', HTMLButtonElement).onclick = async () => {
    await Run.discard();
    resume.hidden = true;
    element('curves', HTMLElement).hidden = true;
  };
}

async function open(): Promise<void> {
  hideTrouble();
  say('Opening the GPU…');
  try {
    device = await openDevice();
  } catch (error) {
    showTrouble(error, () => void open());
    return;
  }
  models = await fillModels(base, new URLSearchParams(location.search).get('model'), [WORD_MODEL]);
  await chooseBase();
  await offerResume();
  page.dataset.state = 'ready';
  refresh();
  say(isSoftware(device.adapter) ? 'Ready. There is no GPU here: the processor does the work, slowly.' : 'Ready.');
}

window.addEventListener('resize', () => {
  const run = running ?? finished?.run;
  if (run) showCurves(run.history, run.settings.steps);
});
void open();
