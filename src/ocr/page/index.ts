/** Pages: where the lines of a scan or a screenshot are, and what they say. */

export { type LineReading, type PageReading, type PieceReader, type ReadPageOptions, readPage } from './read.ts';
export { segmentPage } from './segment.ts';
export type { NoLines, PageBox, PageLayout, PageLine, Point } from './types.ts';
