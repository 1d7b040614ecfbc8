import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chooseWords, SynthStream } from '../train/data/index.ts';
import type { BatchSource, LabelledImages, RunConfig, Session } from '../train/index.ts';
import { type LoadedSet, loadSet, openSource } from './dataset.ts';
import type { Io } from './io.ts';
import { reportRemarks, reportSkipped } from './skipped.ts';

/** What a run trains and validates on. */
export interface RunData {
  readonly source: BatchSource;
  /** Images of one pass; undefined for generated words, which never repeat. */
  readonly images: number | undefined;
  /** Validation sets by name; the first decides what is best. */
  readonly validation: Readonly<Record<string, LabelledImages>>;
  close(): Promise<void>;
}

/** A folder that holds lists of its parts (`train.csv`, `val.csv`, or the packed ones) means these. */
export function listsOf(
  data: string | undefined,
  validation: string | undefined,
): { data?: string; validation?: string } {
  if (data === undefined || !existsSync(data) || !statSync(data).isDirectory()) return { data, validation };
  const part = (name: string) => [`${name}.pack`, `${name}.csv`].map((f) => join(data, f)).find((f) => existsSync(f));
  const train = part('train');
  return train ? { data: train, validation: validation ?? part('val') } : { data, validation };
}

/** Opens the data that the configuration names. @throws FormatError when a list has no usable row. */
export async function openData(
  config: RunConfig,
  session: Session,
  { workers, strict }: { readonly workers?: number; readonly strict?: boolean },
  io: Io,
): Promise<RunData> {
  const streams: { close(): Promise<void> }[] = [];
  const { steps, maxLabel } = readingOf(config, session);
  const stream = (changes: object) => {
    const { seed, width, height, alphabet, fontFolder, digitShare, words } = config;
    const drawn = { lines: config.lines, ...((config.lines || words !== undefined) && { maxLength: config.maxLabel }) };
    const drawing = { seed, width, height, alphabet, fontFolder, digitShare, words, steps, workers };
    const made = new SynthStream({ ...drawing, ...drawn, ...changes });
    streams.push(made);
    return made;
  };
  const close = async () => {
    await Promise.all(streams.map((s) => s.close()));
  };
  try {
    const trained =
      config.data &&
      (await openSource(config.data, config, session.alphabet, steps, { split: 'train', strict, maxLabel }));
    if (trained && config.data) {
      streams.push(trained);
      told(config.data, trained.images, trained, io);
    }
    const source = trained ? trained.source : stream({});
    // Said before the run begins, as the faults of a list are.
    if (config.words !== undefined && source instanceof SynthStream) await toldWords(source.setup, io);
    const validation: Record<string, LabelledImages> = {};
    const given =
      config.validation &&
      (await loadSet(config.validation, config, session.alphabet, steps, { split: 'val', strict, maxLabel }));
    if (given && config.validation) told(config.validation, given.labels.length, given, io);
    // A user's own list judges a run on a user's own data; for generated words it is looked at and decides nothing.
    if (given && trained) validation.validation = given;
    else {
      const unseen = stream({ seed: config.seed + 1_000_000, fonts: 'holdout', workers: 1, aheadBatches: 0 });
      validation.generated = await unseen.batch(0, config.validationWords);
      await unseen.close();
      if (given) validation.real = given;
    }
    return { source, images: trained ? trained.images : undefined, validation, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How a run reads its lists. */
function readingOf(config: RunConfig, session: Session) {
  return { steps: session.model.timeSteps(config.width) - config.skip, maxLabel: config.maxLabel };
}

/** Says how many words of a list are drawn. @throws DataError NO_WORDS */
export async function toldWords(setup: SynthStream['setup'], io: Io): Promise<void> {
  const { words, leftOut } = await chooseWords(setup);
  const why = 'letters outside the alphabet, or too long';
  io.err(`${setup.words}: ${words.length} words, ${leftOut} left out${leftOut > 0 ? ` (${why})` : ''}\n`);
}

function told(path: string, images: number, { skipped, remarks }: Pick<LoadedSet, 'skipped' | 'remarks'>, io: Io) {
  reportRemarks(path, remarks, io);
  reportSkipped(path, skipped, io);
  io.err(`${path}: ${images} images, ${skipped.length} rows skipped\n`);
}
