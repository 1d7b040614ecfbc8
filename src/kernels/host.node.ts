import { useBlocks } from './blocks.ts';

// A software adapter under Node is llvmpipe, where they pay; a browser's is SwiftShader.
useBlocks();
