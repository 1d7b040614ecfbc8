/** A family and what npm knows its package by. */
export interface ListedFamily {
  readonly family: string;
  readonly spec: string;
}
/** The lines of fonts.txt. */
export function listed(file?: string): ListedFamily[];
/** Fetches the families that `out` lacks; how many were there, came, and why others did not. */
export function fetchFonts(
  families: readonly ListedFamily[],
  out: string,
  onProgress?: (done: number, all: number) => void,
): Promise<{ there: number; fetched: number; failed: string[] }>;
