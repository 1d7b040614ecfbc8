import type { Device } from '../gpu/index.ts';
import { type Architecture, Gru, Lstm, type Module } from '../nn/index.ts';
import { createSession, runConfig } from '../train/index.ts';
import { recordTraining } from './models.ts';

/** What one training step of a model dispatches. */
export interface DispatchReport {
  readonly model: Architecture;
  readonly batch: number;
  readonly dispatches: number;
  /** By kernel, most first. */
  readonly kernels: Readonly<Record<string, number>>;
  /** The recurrent layers, and what walks through time in them. */
  readonly recurrent: {
    readonly cell: 'lstm' | 'gru';
    readonly layers: number;
    readonly steps: number;
    readonly forward: number;
    readonly backward: number;
  };
}

function recurrentLayers(module: Module): (Lstm | Gru)[] {
  if (module instanceof Lstm || module instanceof Gru) return [module];
  return module.children().flatMap(recurrentLayers);
}

/** Records a training step of a model (the GPU runs none of it) and counts its dispatches. */
export async function dispatchesOf(device: Device, model: Architecture, batch: number): Promise<DispatchReport> {
  const config = runConfig(model, { batch });
  const session = createSession(device, config);
  try {
    const recorded = await recordTraining(device, session);
    const counts = recorded.replay.kernels();
    await device.finish();
    recorded.dispose();
    const layers = recurrentLayers(session.model);
    const cell = layers[0] instanceof Gru ? 'gru' : 'lstm';
    const walks = (name: string) =>
      ['', '_subgroup', '_tiles'].reduce((sum, kind) => sum + (counts.get(name + kind) ?? 0), 0);
    return {
      model,
      batch,
      dispatches: recorded.replay.dispatches,
      kernels: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])),
      recurrent: {
        cell,
        layers: layers.length,
        steps: session.model.timeSteps(config.width),
        forward: walks(cell),
        backward: walks(`${cell}_backward`),
      },
    };
  } finally {
    session.dispose();
    await device.trim();
  }
}

/** The report as text, one kernel a line. */
export function formatDispatches(r: DispatchReport): string {
  const { cell, layers, steps, forward, backward } = r.recurrent;
  const each = forward === layers && backward === layers ? ', one a layer' : '';
  return [
    `${r.model}, batch ${r.batch}: ${r.dispatches} dispatches a training step`,
    ...Object.entries(r.kernels).map(([name, n]) => `${String(n).padStart(6)}  ${name}`),
    `  bidirectional ${cell.toUpperCase()} layers of ${steps} time steps: ${layers}; dispatches through time: forward ${forward}, backward ${backward}${each}`,
    '',
  ].join('\n');
}
