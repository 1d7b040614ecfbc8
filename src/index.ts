/** Reads words in pictures on the GPU: `import { createRecognizer } from 'lexel'`. */

export * from './gpu/errors.ts';
export * from './ocr/index.ts';
