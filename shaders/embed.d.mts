/** Writes src/kernels/wgsl.gen.ts where a shader changed; returns its path. */
export function embed(): string;
/** The text of that module. */
export function generate(): string;
