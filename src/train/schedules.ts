import { ArgumentError } from '../gpu/index.ts';

/** Learning rate at a step (0-based) of a run of `total` steps. */
export type Schedule = (step: number) => number;

/** A named schedule, as configurations write it. */
export interface ScheduleConfig {
  kind: 'constant' | 'cosine' | 'one-cycle';
  /** Peak learning rate. */
  peak: number;
  /** Share of the run that warms up; default 0.1 for one-cycle, 0 otherwise. */
  warmup?: number;
  /** Last rate as a share of the peak; default 1e-3. */
  final?: number;
}

/**
 * Builds a schedule.
 * one-cycle: a cosine ramp from peak / 25 to the peak, then a cosine down (Smith and Topin 2018).
 * @throws ArgumentError on an unknown kind or a rate that is not positive.
 */
export function schedule(config: ScheduleConfig, total: number): Schedule {
  const { kind, peak } = config;
  if (!(peak > 0)) throw new ArgumentError(`schedule: peak learning rate must be positive, got ${peak}`);
  const warm = Math.round(total * (config.warmup ?? (kind === 'one-cycle' ? 0.1 : 0)));
  const floor = peak * (config.final ?? 1e-3);
  const cosine = (from: number, to: number, at: number) => to + ((from - to) * (1 + Math.cos(Math.PI * at))) / 2;
  const ramp = (step: number) =>
    kind === 'one-cycle' ? cosine(peak / 25, peak, step / warm) : (peak * (step + 1)) / warm;
  switch (kind) {
    case 'constant':
      return (step) => (step < warm ? ramp(step) : peak);
    case 'cosine':
    case 'one-cycle':
      return (step) =>
        step < warm ? ramp(step) : cosine(peak, floor, Math.min(1, (step - warm) / Math.max(1, total - warm)));
    default:
      throw new ArgumentError(`schedule: expected constant, cosine or one-cycle, got ${JSON.stringify(kind)}`);
  }
}
