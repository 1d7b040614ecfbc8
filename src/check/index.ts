/** The float64 oracle, the table of cases, the runner, and the readers and comparisons that doctor, conform and the tests share. */
export * from './cases/index.ts';
export * from './compare.ts';
export * from './conform.ts';
export * from './conformance.ts';
export * from './decode.ts';
export * from './gradient.ts';
export * as reference from './reference/index.ts';
export * from './run.ts';
export * from './selfcheck.ts';
