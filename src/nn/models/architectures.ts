/** The architectures that model files name. */
export const ARCHITECTURES = ['word-small', 'word-base', 'line-small', 'article-lstm', 'article-gru'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];
