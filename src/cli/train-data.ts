import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '../gpu/index.ts';
import { Random } from '../nn/index.ts';
import { SynthStream } from '../train/data/index.ts';
import type { BatchSource, LabelledImages, RunConfig, Session } from '../train/index.ts';
import { type LoadedSet, loadSet, shuffled } from './dataset.ts';
import type { Io } from './io.ts';

/** What a run trains and validates on. */
export interface RunData {
  readonly source: BatchSource;
  /** Images of one pass; undefined for generated words, which never repeat. */
  readonly images: number | undefined;
  /** Validation sets by name; the first decides what is best. */
  readonly validation: Readonly<Record<string, LabelledImages>>;
  close(): Promise<void>;
}

/** A folder that holds lists of its parts (`train.csv`, `val.csv`) means these. */
export function listsOf(
  data: string | undefined,
  validation: string | undefined,
): { data?: string; validation?: string } {
  if (data === undefined || !existsSync(data) || !statSync(data).isDirectory()) return { data, validation };
  const part = (name: string) => (existsSync(join(data, name)) ? join(data, name) : undefined);
  const train = part('train.csv');
  return train ? { data: train, validation: validation ?? part('val.csv') } : { data, validation };
}

/** Opens the data that the configuration names. @throws FormatError when a list has no usable row. */
export async function openData(
  config: RunConfig,
  session: Session,
  workers: number | undefined,
  io: Io,
): Promise<RunData> {
  const streams: SynthStream[] = [];
  const stream = (changes: object) => {
    const { seed, width, height, alphabet } = config;
    const drawn = config.lines ? { lines: true, maxLength: config.maxLabel } : {};
    const made = new SynthStream({ seed, width, height, alphabet, workers, ...drawn, ...changes });
    streams.push(made);
    return made;
  };
  const close = async () => {
    await Promise.all(streams.map((s) => s.close()));
  };
  try {
    const trained = config.data ? await load(config.data, config, session, io) : undefined;
    const source = trained ? inOrderOf(trained, config) : stream({});
    const validation: Record<string, LabelledImages> = {};
    const given = config.validation ? await load(config.validation, config, session, io) : undefined;
    // A user's own list judges a run on a user's own data; for generated words it is looked at and decides nothing.
    if (given && trained) validation.validation = given;
    else {
      const unseen = stream({ seed: config.seed + 1_000_000, fonts: 'holdout', workers: 1, aheadBatches: 0 });
      validation.generated = await unseen.batch(0, config.validationWords);
      await unseen.close();
      if (given) validation.real = given;
    }
    return { source, images: trained?.labels.length, validation, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function load(path: string, config: RunConfig, session: Session, io: Io): Promise<LabelledImages> {
  const steps = session.model.timeSteps(config.width) - config.skip;
  const set = shortEnough(await loadSet(path, config, session.alphabet, steps), config);
  for (const s of set.skipped) io.err(`skipped line ${s.line}: ${s.reason}\n`);
  io.err(`${path}: ${set.labels.length} images, ${set.skipped.length} rows skipped\n`);
  return set;
}

/** The set without labels that are longer than the run takes. */
function shortEnough(set: LoadedSet, { maxLabel, width, height }: RunConfig): LoadedSet {
  const fits = set.labels.map((l) => [...l].length <= maxLabel);
  if (fits.every(Boolean)) return set;
  if (!fits.some(Boolean))
    throw new FormatError(`data: every label is longer than ${maxLabel} letters`, { hint: 'Raise maxLabel.' });
  const each = width * height;
  const images = new Uint8Array(fits.filter(Boolean).length * each);
  let at = 0;
  fits.forEach((fit, i) => {
    if (fit) images.set(set.images.subarray(i * each, (i + 1) * each), each * at++);
  });
  const long = set.labels.flatMap((label, i) =>
    fits[i]
      ? []
      : [{ line: 0, reason: `${set.files[i]}: label ${JSON.stringify(label)} is longer than ${maxLabel} letters` }],
  );
  return {
    ...set,
    images,
    labels: set.labels.filter((_, i) => fits[i]),
    files: set.files.filter((_, i) => fits[i]),
    skipped: [...set.skipped, ...long],
  };
}

function inOrderOf(set: LabelledImages, config: RunConfig): BatchSource {
  return shuffled(set, config.width * config.height, config.seed, (seed) => {
    const r = new Random(seed);
    return () => r.uniform();
  });
}
