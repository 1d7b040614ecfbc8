/** One record of a CSV or TSV text. */
export interface CsvRecord {
  readonly cells: readonly string[];
  /** 1-based line on which it begins. */
  readonly line: number;
  /** A quote was never closed. */
  readonly open: boolean;
  /** Some cell was in quotes. */
  readonly quoted: boolean;
}

/**
 * Splits text into records (RFC 4180: quotes, doubled quotes, separators and line ends within quotes; LF or CRLF).
 * Nothing is converted: every cell stays the string that it is.
 */
export function* parseCsv(text: string, separator = ','): Generator<CsvRecord> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const plain = text.slice(at, text[stop - 1] === '\r' && stop > at ? stop - 1 : stop);
    if (!plain.includes('"')) {
      yield { cells: plain.split(separator), line, open: false, quoted: false };
      at = stop + 1;
      line++;
      continue;
    }
    const record = quotedRecord(text, at, separator);
    yield { cells: record.cells, line, open: record.open, quoted: record.quoted };
    line += record.lines;
    at = record.next;
  }
}

function quotedRecord(text: string, from: number, separator: string) {
  const cells: string[] = [];
  let cell = '';
  let open = false;
  let quoted = false;
  let lines = 0;
  let i = from;
  for (; i < text.length; i++) {
    const c = text[i];
    if (c === '\n') lines++;
    if (open) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else open = false;
    } else if (c === '"' && cell === '') {
      open = true;
      quoted = true;
    } else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') break;
    else if (c !== '\r' || text[i + 1] !== '\n') cell += c;
  }
  cells.push(cell);
  return { cells, open, quoted, lines, next: i + 1 };
}

/** One line of CSV, with its line end; cells that need quotes get them. */
export function csvLine(cells: readonly (string | number)[]): string {
  const text = cells.map((cell) => {
    const s = String(cell);
    return /[",\r\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s;
  });
  return `${text.join(',')}\n`;
}
