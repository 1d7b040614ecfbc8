import type { Adapter } from './adapter.ts';
import { runCrnnCase } from './crnn.ts';
import { ctc } from './ctc.ts';
import { elementary } from './elementary.ts';
import { heavy } from './heavy.ts';
import { machinery } from './machinery.ts';
import { normpool } from './normpool.ts';
import { type CaseRunner, OPTIM_OPS, runOptimCase } from './optim.ts';
import { recurrent } from './recurrent.ts';

export type { Adapter, AdapterContext } from './adapter.ts';
export type { CaseRunner } from './optim.ts';

/** Ops that run within one step, by every name they have in the conformance sets and in the table of cases. */
export const ADAPTERS: Readonly<Record<string, Adapter>> = {
  ...elementary,
  ...heavy,
  ...normpool,
  ...recurrent,
  ...ctc,
  ...machinery,
};

/** What takes more than one step: optimisers, and whole models in training. */
export const RUNNERS: Readonly<Record<string, CaseRunner>> = {
  ...Object.fromEntries(OPTIM_OPS.map((op) => [op, runOptimCase])),
  crnn: runCrnnCase,
};
