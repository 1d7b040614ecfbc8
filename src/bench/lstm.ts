import { lstm } from '../kernels/lstm.ts';
import type { BenchCase } from './case.ts';
import { recurrentCases } from './recurrent_pack.ts';

/** Bidirectional LSTM layers, one dispatch through time a pass. */
export const benches: BenchCase[] = recurrentCases('lstm', lstm);
