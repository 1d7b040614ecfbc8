export interface Survived {
  /** Processes killed. */
  readonly kills: number;
  /** Runs that were killed, resumed and finished. */
  readonly runs: number;
  /** Kills that were meant for the time before the first step. */
  readonly starting: number;
  /** Kills that hit while a checkpoint was being written: its half lay beside the last whole one. */
  readonly writing: number;
  /** Half-written files of any kind that kills left. */
  readonly halves: number;
  /** Losses of the finished runs that were compared. */
  readonly losses: number;
}

export function survive(options: {
  kills: number;
  work: string;
  env?: Record<string, string>;
  seed?: number;
  say?: (text: string) => void;
}): Promise<Survived>;
