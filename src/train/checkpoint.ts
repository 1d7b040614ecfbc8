import { FormatError, type HostArray, type Shape } from '../gpu/index.ts';
import { type Module, readSafetensors, writeSafetensors } from '../nn/index.ts';
import { freshState, type LoopState } from './loop.ts';
import { AVERAGE, type Optimizer, unbiased } from './optimizers.ts';

type Tensors = Map<string, { shape: Shape; data: HostArray }>;

/** Everything a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly model: Tensors;
  readonly optimizer: Tensors;
  readonly state: LoopState;
  /** The run's configuration as it was saved. */
  readonly config: Record<string, unknown>;
}

const VERSION = '1';

/** Collects a checkpoint from the device. */
export async function takeCheckpoint(
  model: Module,
  optimizer: Optimizer,
  state: LoopState,
  config: Record<string, unknown>,
): Promise<Checkpoint> {
  const [weights, moments] = await Promise.all([model.state(), optimizer.state()]);
  const optimizerTensors: Tensors = new Map();
  for (const [k, data] of Object.entries(moments)) optimizerTensors.set(k, { shape: [data.length], data });
  return { model: weights, optimizer: optimizerTensors, state, config };
}

/** Puts weights, moments and step count back. @throws FormatError, ArgumentError when the checkpoint is another model's. */
export function restoreCheckpoint(c: Checkpoint, model: Module, optimizer: Optimizer): void {
  model.load(c.model);
  optimizer.load(Object.fromEntries([...c.optimizer].map(([k, t]) => [k, t.data])));
}

/** The weights that a run is judged by: the average of its weights where it keeps one, else the weights themselves. */
export function judgedWeights({ model, optimizer, config }: Checkpoint): Tensors {
  const { average } = config as { average?: { decay: number } };
  const steps = optimizer.get('step')?.data[0] ?? 0;
  if (!average || steps === 0) return model;
  return new Map(
    [...model].map(([name, t]) => {
      const own = optimizer.get(`${name}.${AVERAGE}`);
      return [name, own ? { ...t, data: unbiased(own.data as Float32Array, average.decay, steps) } : t];
    }),
  );
}

export function encodeCheckpoint(c: Checkpoint): Uint8Array<ArrayBuffer> {
  const tensors: Tensors = new Map();
  for (const [k, t] of c.model) tensors.set(`model.${k}`, t);
  for (const [k, t] of c.optimizer) tensors.set(`optimizer.${k}`, t);
  return writeSafetensors({
    tensors,
    metadata: { lexel_checkpoint: VERSION, state: JSON.stringify(c.state), config: JSON.stringify(c.config) },
  });
}

/** @throws FormatError when the bytes are no checkpoint of this version. */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const file = readSafetensors(bytes, name);
  if (file.metadata.lexel_checkpoint !== VERSION)
    throw new FormatError(`${name}: expected a Lexel checkpoint of version ${VERSION}`, {
      hint: 'Weights alone go in with --init-from.',
    });
  const part = (prefix: string): Tensors =>
    new Map([...file.tensors].filter(([k]) => k.startsWith(prefix)).map(([k, t]) => [k.slice(prefix.length), t]));
  const state = JSON.parse(file.metadata.state) as Partial<LoopState>;
  return {
    model: part('model.'),
    optimizer: part('optimizer.'),
    // Checkpoints of older versions say neither what was validated (all that was due) nor where the time went.
    state: { ...freshState(), validated: state.step ?? 0, ...state },
    config: JSON.parse(file.metadata.config) as Record<string, unknown>,
  };
}
