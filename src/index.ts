/** Reads words in pictures on the GPU: `import { createRecognizer } from 'lexel'`. */
export * from './ocr/index.ts';
export * from './gpu/errors.ts';
