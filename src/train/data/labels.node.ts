import { readFile } from 'node:fs/promises';
import { DataError } from './errors.ts';
import { type LabelList, parseLabels } from './labels.ts';

/**
 * Reads `labels.tsv` (path TAB label, no header) or a CSV with `ImageName` and `Label` columns.
 * @throws DataError BAD_LABELS where the file cannot be read or the CSV header lacks a column
 */
export async function readLabels(file: string): Promise<LabelList> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new DataError('BAD_LABELS', `Cannot read the label list ${file}.`, { cause });
  }
  return parseLabels(text, /\.csv$/i.test(file) ? 'csv' : 'tsv');
}
