import './gpu/host.node.ts';
import './kernels/host.node.ts';
import './ocr/host.node.ts';

export * from './index.ts';
