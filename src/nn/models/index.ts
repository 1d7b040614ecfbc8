export { ARCHITECTURES, type Architecture } from './architectures.ts';
export { type CreateModelOptions, createModel } from './create.ts';
export { loadModel } from './load.ts';
