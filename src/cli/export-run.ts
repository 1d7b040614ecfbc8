import { Device } from '../gpu/index.ts';
import { toPyTorch, writeSafetensors } from '../nn/index.ts';
import { packModel } from '../ocr/index.ts';
import { writeAtomically } from '../train/files.node.ts';
import { runConfig } from '../train/index.ts';
import { readConfig } from './config-file.ts';
import type { Io } from './io.ts';
import type { ExitCode } from './report.ts';
import { buildModel, infoOf, readWeights } from './weights.ts';

export interface ExportFlags {
  out: string;
  layout: 'lexel' | 'pytorch';
  name?: string;
  last?: boolean;
  config?: string;
}

/** Runs `lexel export`. @throws FormatError, ArgumentError when there are no weights, or of no known model. */
export async function exportModel(source: string, flags: ExportFlags, io: Io): Promise<ExitCode> {
  const given = await readWeights(source, flags.last);
  const named = flags.config === undefined ? given.info : infoOf(await configOf(flags.config));
  await using device = await Device.create();
  const { model, info } = buildModel(device, given, named && { ...named, name: flags.name ?? named.name });
  try {
    const weights = await model.state();
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

async function configOf(config: string) {
  const { base, changes } = await readConfig(config);
  return runConfig(base, changes);
}
