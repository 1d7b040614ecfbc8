/** The float64 oracle, the table of cases, and the readers and comparisons that doctor, conform and the tests share. */
export * from './cases/index.ts';
export * from './compare.ts';
export * from './conformance.ts';
export * from './gradient.ts';
export * as reference from './reference/index.ts';
export type { NdArray, Shape } from './reference/ndarray.ts';
export { ndarray } from './reference/ndarray.ts';
