export { ARCHITECTURES, type Architecture } from './architectures.ts';
export { type CreateModelOptions, createModel } from './create.ts';
export { hiddenOf, loadModel } from './load.ts';
