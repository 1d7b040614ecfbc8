/** A figure measured with this engine, as README.md has it. */
export interface Published {
  readonly device: string;
  readonly value: number;
}

/** Where the figures come from. */
export const SOURCE = 'README.md, 2026-11-24, medians of 3 to 5 (npm run bench)';

const LLVMPIPE = 'two cores of an AMD EPYC, llvmpipe';

/** By the key of a case of this page. */
export const PUBLISHED: Readonly<Record<string, readonly Published[]>> = {
  'matmul-1024': [{ device: LLVMPIPE, value: 19.1 }],
  'conv-forward': [{ device: LLVMPIPE, value: 21.8 }],
  'conv-backward': [{ device: LLVMPIPE, value: 21.3 }],
  'train-64': [{ device: LLVMPIPE, value: 60.6 }],
  // 11.7 ms a word.
  'read-1': [{ device: LLVMPIPE, value: 1000 / 11.7 }],
  'read-32': [{ device: LLVMPIPE, value: 192 }],
};
