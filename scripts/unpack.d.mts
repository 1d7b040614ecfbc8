/** Plain files of a tar archive. */
export function tarFiles(bytes: Buffer): Generator<{ name: string; data: Buffer }>;
