export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  restoreCheckpoint,
  takeCheckpoint,
} from './checkpoint.ts';
export { CONFIGS, type RunConfig, runConfig } from './config.ts';
export { alignable, type LabelList, parseLabels } from './data/labels.ts';
export { Evaluator, type EvaluatorOptions, type LabelledImages } from './evaluate.ts';
export {
  type BatchSource,
  freshState,
  type LogLine,
  type LoopHooks,
  type LoopOptions,
  type LoopState,
  runLoop,
  type Validation,
} from './loop.ts';
export { interval95, type Scores, scores } from './metrics.ts';
export * from './optimizers.ts';
export { type Schedule, type ScheduleConfig, schedule } from './schedules.ts';
export { createSession, type Session } from './session.ts';
export { Trainer, type TrainerOptions } from './trainer.ts';
