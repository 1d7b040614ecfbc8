import './gpu/host.node.ts';

export * from './engine.ts';
