import { Tensor } from '../autograd/index.ts';
import { ArgumentError, type Device } from '../gpu/index.ts';
import { Alphabet, createModel, type Recognizable } from '../nn/index.ts';
import type { RunConfig } from './config.ts';
import { Evaluator } from './evaluate.ts';
import { Adam, AdamW, type Optimizer, RAdam, SGD } from './optimizers.ts';
import { Trainer } from './trainer.ts';

/** Model, optimiser, trainer and evaluator of one configuration, ready to run. */
export interface Session {
  readonly config: RunConfig;
  readonly alphabet: Alphabet;
  readonly model: Recognizable;
  readonly optimizer: Optimizer;
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  dispose(): void;
}

/** Builds what a configuration names. @throws ArgumentError when it names something unknown. */
export function createSession(device: Device, config: RunConfig): Session {
  const alphabet = new Alphabet(config.alphabet);
  // The trainer owns the counter that dropout reads, and is made after the model: hence the detour.
  let counter: Tensor | undefined;
  const model = createModel(device, config.model, alphabet.classes, {
    seed: config.seed,
    hidden: config.hidden,
    counter: () => (counter ??= Tensor.zeros(device, [1], { dtype: 'u32' })),
  });
  for (const [name, t] of model.namedParameters()) t.name = name;
  const optimizer = createOptimizer(device, model.parameters(), config);
  const common = {
    height: config.height,
    width: config.width,
    lines: config.lines,
    alphabet,
    normalisation: config.normalisation,
    skip: config.skip,
  };
  const trainer = new Trainer(device, model, optimizer, {
    ...common,
    batch: config.batch,
    maxLabel: config.maxLabel,
    seed: config.seed,
    invert: config.invert,
    history: Math.max(config.logEvery, 1),
  });
  counter = trainer.counter;
  const evaluator = new Evaluator(device, model, { ...common, batch: Math.min(config.batch, 64) });
  return {
    config,
    alphabet,
    model,
    optimizer,
    trainer,
    evaluator,
    dispose() {
      evaluator.dispose();
      trainer.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}

function createOptimizer(device: Device, params: Tensor[], config: RunConfig): Optimizer {
  const { kind, dialect, betas, eps, weightDecay, momentum, clipNorm } = config.optimizer;
  const common = {
    lr: config.schedule.peak,
    weightDecay,
    clipNorm: clipNorm > 0 ? clipNorm : undefined,
    dialect,
    average: config.average?.decay,
  };
  switch (kind) {
    case 'adam':
      return new Adam(device, params, { ...common, betas, eps });
    case 'adamw':
      return new AdamW(device, params, { ...common, betas, eps });
    case 'radam':
      return new RAdam(device, params, { ...common, betas, eps });
    case 'sgd':
      return new SGD(device, params, { ...common, momentum });
    default:
      throw new ArgumentError(`config: optimizer must be adam, adamw, radam or sgd, got ${JSON.stringify(kind)}`);
  }
}
