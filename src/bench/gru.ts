import { gru } from '../kernels/gru.ts';
import type { BenchCase } from './case.ts';
import { recurrentCases } from './recurrent_pack.ts';

/** Bidirectional GRU layers, one dispatch through time a pass. */
export const benches: BenchCase[] = recurrentCases('gru', gru);
