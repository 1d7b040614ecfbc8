import { setImageDecoder } from './image/index.ts';

// Loaded with the first picture: the command line starts without them.
setImageDecoder(async (bytes, options) => (await import('./image/decode.node.ts')).decode(bytes, options));
