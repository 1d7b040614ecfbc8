import * as accumulate from './accumulate.ts';
import * as adam from './adam.ts';
import * as argmax from './argmax.ts';
import * as batchnorm2d from './batchnorm2d.ts';
import * as binary from './binary.ts';
import type { BenchCase } from './case.ts';
import * as conv2d from './conv2d.ts';
import * as ctc from './ctc.ts';
import * as ctc_greedy from './ctc_greedy.ts';
import * as dropout from './dropout.ts';
import * as ema from './ema.ts';
import * as embedding from './embedding.ts';
import * as fill from './fill.ts';
import * as fold_batchnorm from './fold_batchnorm.ts';
import * as grad_clip from './grad_clip.ts';
import * as grad_norm from './grad_norm.ts';
import * as gru from './gru.ts';
import * as half from './half.ts';
import * as layernorm from './layernorm.ts';
import * as linear from './linear.ts';
import * as lstm from './lstm.ts';
import * as matmul from './matmul.ts';
import * as maxpool2d from './maxpool2d.ts';
import * as pick from './pick.ts';
import * as recurrent_pack from './recurrent_pack.ts';
import * as reduce from './reduce.ts';
import * as relu_mask from './relu_mask.ts';
import * as sgd from './sgd.ts';
import * as softmax from './softmax.ts';
import * as strided_copy from './strided_copy.ts';
import * as sum from './sum.ts';
import * as unary from './unary.ts';

export type { BenchCase, Group, Pass } from './case.ts';
export { type DispatchReport, dispatchesOf, formatDispatches } from './dispatches.ts';
export { type CaseResult, type MeasureOptions, measure, rate } from './measure.ts';
export { benchModels, type ModelResult, type ModelSpec, modelsOf } from './models.ts';
export { CASE_COLUMNS, type Column, caseRow, MODEL_COLUMNS, modelRow, type Row, tableOf } from './table.ts';
export { timeSteps, WALK_COLUMNS, WALKS, type WalkResult, type WalkSpec, walkRow } from './time-steps.ts';
export { type TileTime, type Tuned, tune } from './tune.ts';

/** The cases of each file here; the file's name is that of the op, or of the kernel where no op is called so. */
export const BENCHES: Readonly<Record<string, readonly BenchCase[]>> = Object.fromEntries(
  Object.entries({
    matmul,
    linear,
    conv2d,
    maxpool2d,
    batchnorm2d,
    fold_batchnorm,
    layernorm,
    lstm,
    gru,
    half,
    recurrent_pack,
    ctc,
    ctc_greedy,
    softmax,
    argmax,
    pick,
    unary,
    binary,
    relu_mask,
    reduce,
    sum,
    strided_copy,
    embedding,
    dropout,
    fill,
    accumulate,
    adam,
    sgd,
    grad_norm,
    grad_clip,
    ema,
  }).map(([name, file]) => [name, file.benches]),
);

/** The shapes that `--shapes` knows. */
export const SHAPES = ['word-small', 'article', 'all', 'tiny'] as const;
export type Shapes = (typeof SHAPES)[number];

/** Whether a set of shapes asks for a group; `all` leaves out the tests' own. */
export function wants(shapes: Shapes, group: BenchCase['group']): boolean {
  return shapes === 'all' ? group !== 'tiny' : shapes === group;
}

/** The file a kernel's name leads to: its own, or that of the op whose name it starts with (conv2d_backward_w: conv2d). */
export function fileOf(kernel: string): string | undefined {
  return Object.keys(BENCHES)
    .filter((name) => kernel === name || kernel.startsWith(`${name}_`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Cases of a set of shapes; with a filter those whose op, pass or layer contains it, or whose file a kernel's name leads to. */
export function selectCases(shapes: Shapes, filter?: string): BenchCase[] {
  const all = Object.values(BENCHES)
    .flat()
    .filter((c) => wants(shapes, c.group));
  if (filter === undefined) return all;
  const exact = all.filter((c) => c.op === filter || c.op === fileOf(filter));
  if (exact.length > 0) return exact;
  return all.filter((c) => `${c.op} ${c.pass} ${c.label}`.includes(filter));
}
