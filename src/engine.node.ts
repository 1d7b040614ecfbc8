import './gpu/host.node.ts';
import './kernels/host.node.ts';

export * from './engine.ts';
