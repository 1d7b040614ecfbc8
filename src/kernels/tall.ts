/** An LSTM's walk through time by tiles of 32 rows (`lstm_tiles`): on llvmpipe, where each load of a weight should serve as many rows as can be. */
import { ceilDiv, type Device, linearGrid } from '../gpu/index.ts';
import type { LstmArrays, LstmParams } from './block-path.ts';
import { fourTiles } from './fours.ts';
import { type RecurrentPlan, walkTuning } from './recurrent.ts';
import { chooseVariant } from './variants.ts';
import * as wgsl from './wgsl.gen.ts';

const ROWS = 32;
/** Below this many rows most of a tile idles, and the usual walk is as fast. */
const LEAST_ROWS = 17;

export function launchLstm(device: Device, p: RecurrentPlan, arrays: LstmArrays, params: LstmParams): boolean {
  const tuning = walkTuning(device);
  const wanted = tuning ? tuning.tall === true : p.batch >= LEAST_ROWS;
  const stateBytes = p.hidden * ROWS * 4;
  const fits = p.hidden % 4 === 0 && stateBytes <= device.raw.limits.maxComputeWorkgroupStorageSize;
  const able = fourTiles(device).length > 0 && chooseVariant(device) === 'subgroup';
  if (!wanted || !fits || !able || p.batch === 0) return false;
  const groups = ceilDiv(p.batch, ROWS) * p.directions.length;
  device.launch({
    kernel: wgsl.lstm_tiles,
    variant: { overrides: { SHARED: stateBytes / 16 }, unroll: true },
    arrays,
    params: { ...params, groups },
    grid: linearGrid(groups),
  });
  return true;
}
