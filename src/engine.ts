/** The engine: devices, tensors, operations, gradients and errors. */
export * from './autograd/index.ts';
export * from './gpu/index.ts';
export {
  type Backward,
  type BackwardCall,
  type Conv2dAttrs,
  defineOp,
  type Forward,
  type Kernel,
  kernel,
  type MatmulAttrs,
  type Op,
  type Padding,
  type ReduceAttrs,
  type Reduction,
} from './kernels/index.ts';
