/** The engine: devices, tensors, operations, gradients and errors. */
export * from './autograd/index.ts';
export * from './gpu/index.ts';
