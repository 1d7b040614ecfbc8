import { FormatError } from '../gpu/index.ts';
import { decodeImage } from '../ocr/index.ts';
import { type LabelRow, Lmdb, parseLabels } from '../train/data/index.ts';
import type { OpenSet } from './dataset.ts';
import { type Pictured, unreadable } from './pictures.ts';

const number = (line: number): string => String(line).padStart(9, '0');

/**
 * Opens an LMDB set as word recognition kits ship it: `num-samples`, and from 1 `image-000000001` (PNG or JPEG) with
 * `label-000000001` (UTF-8).
 * @throws FormatError where the file is none
 */
export async function openLmdb(list: string): Promise<OpenSet> {
  const lmdb = await Lmdb.open(list);
  try {
    const text = async (key: string) => {
      const bytes = await lmdb.get(key);
      return bytes && new TextDecoder().decode(bytes);
    };
    const samples = Number(await text('num-samples'));
    if (!Number.isInteger(samples) || samples < 0)
      throw new FormatError(`${list}: expected a number under the key num-samples, got none`, {
        hint: 'Its keys should be num-samples, image-000000001, label-000000001 and so on.',
      });
    const lines: string[] = [];
    // An entry without a label is an empty label; a tab or a line end has no place in one.
    for (let i = 1; i <= samples; i++)
      lines.push(`image-${number(i)}\t${((await text(`label-${number(i)}`)) ?? '').replace(/[\t\r\n]/g, ' ')}\n`);
    const { rows, skipped } = parseLabels(lines.join(''), 'tsv');
    const pictures = (wanted: readonly LabelRow[]) => picturesOf(lmdb, wanted);
    return { list, rows, skipped, remarks: [], inside: true, pictures, close: () => lmdb.close() };
  } catch (error) {
    await lmdb.close();
    throw error;
  }
}

async function* picturesOf(lmdb: Lmdb, rows: readonly LabelRow[]): AsyncGenerator<Pictured<LabelRow>> {
  for (const row of rows) {
    const { file, line } = row;
    const bytes = await lmdb.get(file);
    if (!bytes) {
      yield { row, bad: { line, kind: 'missing file', reason: `no such entry: ${file}`, file } };
      continue;
    }
    try {
      yield { row, image: await decodeImage(bytes, { name: file }) };
    } catch (error) {
      yield { row, bad: unreadable(row, error) };
    }
  }
}
