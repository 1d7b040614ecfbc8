/** The engine: devices, tensors, operations, gradients and errors. */
export * from './autograd/index.ts';
export * from './gpu/index.ts';
export {
  type Backward,
  type BackwardCall,
  defineOp,
  type Forward,
  type Kernel,
  kernel,
  type Op,
} from './kernels/index.ts';
