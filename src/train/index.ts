export {
  align,
  type Bin,
  bootstrap95,
  type Comparison,
  type Confusion,
  calibration,
  caseOf,
  compareModels,
  confusion,
  contrastOf,
  GAP,
  type Group,
  groupBy,
  mcnemar,
  type Pair,
  worst,
} from './analysis.ts';
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  judgedWeights,
  restoreCheckpoint,
  takeCheckpoint,
} from './checkpoint.ts';
export {
  type AverageConfig,
  CONFIGS,
  type ConfigChanges,
  checkConfig,
  DEFAULT_EPOCHS,
  type EpochConfig,
  type OptimizerConfig,
  type RunConfig,
  runConfig,
  savedConfig,
  withSteps,
} from './config.ts';
export { alignable, type LabelList, parseLabels } from './data/labels.ts';
export {
  Evaluator,
  type EvaluatorOptions,
  type ImageReading,
  type LabelledImages,
  meanLoss,
  type ScoredReading,
} from './evaluate.ts';
export {
  type BatchSource,
  freshState,
  type LogLine,
  type LoopHooks,
  type LoopOptions,
  type LoopParts,
  type LoopState,
  runLoop,
  type SetScores,
  type Spent,
  type Validation,
} from './loop.ts';
export { agreement, interval95, type Scores, scores } from './metrics.ts';
export * from './optimizers.ts';
export { type Schedule, type ScheduleConfig, schedule } from './schedules.ts';
export { createSession, type Session } from './session.ts';
export { crc32c, frameRecord, openingRecords, type SummaryValue, summaryRecord } from './tensorboard.ts';
export { Trainer, type TrainerOptions } from './trainer.ts';
