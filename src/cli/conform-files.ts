import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaseReport } from '../check/index.ts';
import { FormatError, ImageError } from '../gpu/index.ts';
import { readSafetensors } from '../nn/index.ts';
import { decodeImage } from '../ocr/image/index.ts';

interface Entry {
  readonly file: string;
  readonly verdict: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const VERDICTS = ['accept', 'reject', 'either'];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of { file, verdict }, alone or under files, cases or entries, or an object from file to verdict. */
function entriesOf(value: unknown): Entry[] {
  const list = isObject(value) ? (value.files ?? value.cases ?? value.entries ?? value.index ?? value) : value;
  const rows: [string | undefined, unknown][] = Array.isArray(list)
    ? list.map((row) => [undefined, row])
    : Object.entries(isObject(list) ? list : {});
  return rows.flatMap(([key, row]) => {
    if (typeof row === 'string')
      return key === undefined ? [] : [{ file: key, verdict: row.toLowerCase(), fields: {} }];
    if (!isObject(row)) return [];
    const file = row.file ?? row.name ?? row.path ?? key;
    const verdict = row.verdict ?? row.expect ?? row.expected;
    if (typeof file !== 'string' || typeof verdict !== 'string') return [];
    return [{ file, verdict: verdict.toLowerCase(), fields: row }];
  });
}

/** What a reader made of a file: accepted, refused by name, or an error that is no refusal. */
async function attempt(
  file: string,
  bytes: Uint8Array,
  fields: Entry['fields'],
): Promise<{ accepted: boolean; why: string }> {
  const refusal = (error: unknown, kind: typeof FormatError | typeof ImageError) => {
    if (error instanceof kind) return { accepted: false, why: error.message };
    throw error;
  };
  if (/\.safetensors$/i.test(file)) {
    try {
      readSafetensors(bytes, file);
      return { accepted: true, why: '' };
    } catch (error) {
      return refusal(error, FormatError);
    }
  }
  try {
    const { width, height } = await decodeImage(bytes, { name: file });
    const other = (fields.width ?? width) !== width || (fields.height ?? height) !== height;
    if (other) throw new Error(`decoded as ${width} x ${height}, expected ${fields.width} x ${fields.height}`);
    return { accepted: true, why: '' };
  } catch (error) {
    return refusal(error, ImageError);
  }
}

/** Reads every file that `index.json` names, `.safetensors` or pictures, and holds the outcome against its verdict. */
export async function* runFolder(folder: string, suite: string): AsyncGenerator<CaseReport> {
  const path = join(folder, 'index.json');
  let index: unknown;
  try {
    index = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FormatError(`${path}: is not valid JSON`, { cause });
  }
  const entries = entriesOf(index);
  if (entries.length === 0) throw new FormatError(`${path}: names no file with a verdict`);
  for (const { file, verdict, fields } of entries) {
    const op = /\.safetensors$/i.test(file) ? 'safetensors' : 'image';
    const tags = Array.isArray(fields.tags) ? fields.tags : [];
    const base = { suite, id: `${suite}/${file}`, op, optional: tags.includes('optional') };
    if (!VERDICTS.includes(verdict)) {
      yield { ...base, verdict: 'unsupported', detail: `verdict ${verdict}` };
      continue;
    }
    try {
      const { accepted, why } = await attempt(file, await readFile(join(folder, file)), fields);
      const fits = verdict === 'either' || accepted === (verdict === 'accept');
      const detail = fits ? why || undefined : accepted ? 'was accepted, expected a refusal' : `was refused: ${why}`;
      yield { ...base, verdict: fits ? 'passed' : 'failed', detail };
    } catch (error) {
      const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
      yield { ...base, verdict: 'failed', detail: `an error that is no refusal: ${text}` };
    }
  }
}
