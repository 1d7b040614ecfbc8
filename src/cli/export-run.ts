import { Device, FormatError } from '../gpu/index.ts';
import { type Recognizable, toPyTorch, type Weights, writeSafetensors } from '../nn/index.ts';
import { packModel } from '../ocr/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { runConfig } from '../train/index.ts';
import { readConfig } from './config-file.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';
import { buildModel, infoOf, ownWeights, readWeights } from './weights.ts';

export interface ExportFlags {
  out: string;
  layout: 'lexel' | 'pytorch';
  name?: string;
  last?: boolean;
  config?: string;
  average?: string[];
}

/** Runs `lexel export`. @throws FormatError, ArgumentError when there are no weights, or of no known model. */
export async function exportModel(source: string, flags: ExportFlags, io: Io): Promise<ExitCode> {
  const given = await readWeights(source, flags.last);
  const named = flags.config === undefined ? given.info : infoOf(await configOf(flags.config));
  await using device = await Device.create();
  const { model, info } = buildModel(device, given, named && { ...named, name: flags.name ?? named.name });
  try {
    const weights = await averaged(await model.state(), flags.average ?? [], model);
    const bytes =
      flags.layout === 'pytorch'
        ? writeSafetensors({ tensors: toPyTorch(weights), metadata: { format: 'pt' } })
        : await packModel(device, info, weights);
    writeAtomically(flags.out, bytes);
    const { length } = bytes;
    io.err(
      `${flags.out}: ${length.toLocaleString('en')} bytes, ${model.parameterCount().toLocaleString('en')} parameters\n`,
    );
    return 0;
  } finally {
    model.dispose();
  }
}

/** The mean of a model's weights and those of others of the same network, tensor by tensor. */
async function averaged(own: Weights, others: readonly string[], model: Recognizable): Promise<Weights> {
  const all = [own];
  for (const source of others) {
    const weights = ownWeights(await readWeights(source), model);
    for (const [name, { shape }] of own) {
      const theirs = weights.get(name)?.shape.join(', ');
      if (theirs !== shape.join(', '))
        throw new FormatError(
          `export: ${source}: expected ${name} to be [${shape.join(', ')}], got ${theirs === undefined ? 'none' : `[${theirs}]`}`,
          { hint: 'Weights are averaged with those of the same network.' },
        );
    }
    all.push(weights);
  }
  if (all.length === 1) return own;
  const mean = (name: string, i: number) => all.reduce((sum, w) => sum + (w.get(name)?.data[i] ?? 0), 0) / all.length;
  return new Map(
    [...own].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (_, i) => mean(name, i)) },
    ]),
  );
}

async function configOf(config: string) {
  const { base, changes } = await readConfig(config);
  return runConfig(base, changes);
}
