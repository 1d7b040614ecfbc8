import { Device } from '../gpu/index.ts';
import { applySavedTuning } from '../kernels/index.ts';
import { Alphabet, createModel, Lexicon } from '../nn/index.ts';
import { loadModelBytes, readModel, WORD_MODEL } from '../ocr/index.ts';
import { Evaluator, interval95, scores } from '../train/index.ts';
import { loadSet } from './dataset.ts';
import type { Io } from './io.ts';
import { type DecodeFlags, loadLexicon } from './lexicon.ts';
import type { ExitCode } from './report.ts';
import { reportSkipped } from './skipped.ts';

export interface EvalFlags extends DecodeFlags {
  model?: string;
  batch: number;
  json?: boolean;
  readings?: boolean;
  strict?: boolean;
  pages?: boolean;
}

/** Expected calibration error over ten equal bins of confidence (Guo et al. 2017). */
export function calibrationError(pairs: readonly { right: boolean; confidence: number }[]): number {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, right: 0, confidence: 0 }));
  for (const p of pairs) {
    const b = bins[Math.min(9, Math.floor(p.confidence * 10))];
    b.n++;
    b.right += p.right ? 1 : 0;
    b.confidence += p.confidence;
  }
  return bins.reduce((sum, b) => sum + Math.abs(b.right - b.confidence), 0) / Math.max(1, pairs.length);
}

/** Runs `lexel eval`. @throws LexelError when data or model cannot be used. */
export async function evaluate(data: string, flags: EvalFlags, io: Io): Promise<ExitCode> {
  const { bytes, name } = await loadModelBytes(flags.model ?? WORD_MODEL);
  const { info, weights } = await readModel(bytes, name);
  const alphabet = new Alphabet(info.alphabet);
  const lexicon = flags.lexicon === undefined ? undefined : Lexicon.from(await loadLexicon(flags.lexicon), alphabet);
  const { beamWidth, outsideFactor } = flags;
  const decode = { beamWidth, lexicon, outsideFactor };
  await using device = await Device.create();
  await applySavedTuning(device);
  const model = createModel(device, info.architecture, alphabet.classes);
  model.load(weights);
  const set = await loadSet(data, info, alphabet, model.timeSteps(info.width) - info.skip, {
    split: 'test',
    strict: flags.strict,
  });
  reportSkipped(data, set.skipped, io);
  const evaluator = new Evaluator(device, model, { ...info, alphabet, batch: flags.batch, decode });
  // The first batch compiles the kernels; it is not part of the speed.
  await evaluator.read(set.images.subarray(0, info.width * info.height), 1);
  const start = performance.now();
  const pairs = await evaluator.pairs(set);
  const seconds = (performance.now() - start) / 1000;
  const s = scores(pairs);
  const result = {
    data,
    model: info.name,
    lexicon: lexicon && {
      name: flags.lexicon,
      words: lexicon.size,
      coverage: set.labels.filter((l) => lexicon.has(l)).length / set.labels.length,
    },
    adapter: device.adapter.description,
    images: s.count,
    skipped: set.skipped.length,
    wordAccuracy: s.wordAccuracy,
    wordAccuracy95: interval95(s.wordAccuracy, s.count),
    letterAccuracy: s.letterAccuracy,
    cer: s.cer,
    oneMinusNed: s.oneMinusNed,
    mismatches: s.mismatches,
    ece: calibrationError(pairs.map((p) => ({ right: p.text === p.label, confidence: p.confidence }))),
    imagesPerSecond: s.count / seconds,
  };
  if (flags.readings)
    pairs.forEach((p, i) => {
      io.out(`${set.files[i]}\t${p.label}\t${p.text}\t${p.confidence.toFixed(4)}\n`);
    });
  if (flags.json) io.out(`${JSON.stringify(result)}\n`);
  else {
    const percent = (v: number) => `${(100 * v).toFixed(2)} %`;
    const [low, high] = result.wordAccuracy95;
    io.out(
      `${[
        `images            ${s.count} (${set.skipped.length} skipped)`,
        ...(result.lexicon
          ? [
              `lexicon           ${result.lexicon.words} words, ${percent(result.lexicon.coverage)} of the labels among them`,
            ]
          : []),
        `word accuracy     ${percent(s.wordAccuracy)}  (95 %: ${percent(low)} to ${percent(high)})`,
        `letter accuracy   ${percent(s.letterAccuracy)}`,
        `CER               ${percent(s.cer)}`,
        `1-NED             ${percent(s.oneMinusNed)}`,
        `0-4 mismatches    ${s.mismatches.map(percent).join('  ')}`,
        `calibration (ECE) ${result.ece.toFixed(4)}`,
        `speed             ${result.imagesPerSecond.toFixed(1)} images/s on ${result.adapter}`,
      ].join('\n')}\n`,
    );
  }
  evaluator.dispose();
  model.dispose();
  return 0;
}
