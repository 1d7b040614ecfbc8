import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, parseCsv } from '../../../src/train/data/csv.ts';
import { readLabels } from '../../../src/train/data/labels.node.ts';
import { alignable, parseLabels } from '../../../src/train/data/labels.ts';

describe('parseLabels', () => {
  it('tsv: keeps NULL, NA and 001 as strings, takes CRLF and BOM', () => {
    const list = parseLabels('\uFEFFa.jpg\tNULL\r\nb.jpg\tNA\r\nc d.jpg\t001\r\n', 'tsv');
    expect(list.rows).toEqual([
      { file: 'a.jpg', label: 'NULL', line: 1 },
      { file: 'b.jpg', label: 'NA', line: 2 },
      { file: 'c d.jpg', label: '001', line: 3 },
    ]);
    expect(list.skipped).toEqual([]);
  });

  it('tsv: lists each row it leaves out', () => {
    const list = parseLabels('a.jpg\n\nb.jpg\t\n\tword\nc\td\te\nok.jpg\tOK', 'tsv');
    expect(list.rows).toEqual([{ file: 'ok.jpg', label: 'OK', line: 6 }]);
    expect(list.skipped.map((s) => [s.line, s.reason])).toEqual([
      [1, 'no tab'],
      [2, 'empty line'],
      [3, 'empty label'],
      [4, 'no file name'],
      [5, 'more than one tab'],
    ]);
  });

  it('csv: header in any order, quotes, commas, doubled quotes, line ends within quotes', () => {
    const text = '\uFEFFLabel,ImageName\r\nNaN,a.jpg\r\n"say ""hi""","b,c.jpg"\r\n"two\nlines",d.jpg\r\nlast,e.jpg';
    expect(parseLabels(text, 'csv').rows).toEqual([
      { file: 'a.jpg', label: 'NaN', line: 2 },
      { file: 'b,c.jpg', label: 'say "hi"', line: 3 },
      { file: 'd.jpg', label: 'two\nlines', line: 4 },
      { file: 'e.jpg', label: 'last', line: 6 },
    ]);
  });

  it('csv: lists short rows, empty cells and an unclosed quote', () => {
    const list = parseLabels('ImageName,Label\na.jpg\n,x\nb.jpg,\n\nc.jpg,"open', 'csv');
    expect(list.rows).toEqual([]);
    expect(list.skipped.map((s) => s.reason)).toEqual([
      'too few columns',
      'no file name',
      'empty label',
      'empty line',
      'quote never closed',
    ]);
  });

  it('remarks on a byte order mark, CRLF and quotes, with first line and count, and loses nothing by them', () => {
    const text = '\uFEFFImageName,Label\r\na.jpg,ONE\n"b.jpg",TWO\r\nc.jpg,"THREE"\n';
    const list = parseLabels(text, 'csv');
    expect(list.rows.map((r) => r.label)).toEqual(['ONE', 'TWO', 'THREE']);
    expect(list.skipped).toEqual([]);
    expect(list.remarks).toEqual([
      { kind: 'byte order mark', line: 1, count: 1 },
      { kind: 'CRLF line ends', line: 1, count: 2 },
      { kind: 'quoted cells', line: 3, count: 2 },
    ]);
  });

  it('leaves a file out that stands twice, and says where it stood first and as what', () => {
    const list = parseLabels('a.jpg\tONE\na.jpg\tONE\na.jpg\tTWO\n', 'tsv');
    expect(list.rows).toHaveLength(1);
    expect(list.skipped.map((s) => [s.line, s.kind, s.reason])).toEqual([
      [2, 'duplicate', 'a.jpg stands on line 1 already'],
      [3, 'duplicate', 'a.jpg stands on line 1 already as "ONE", now as "TWO"'],
    ]);
  });

  it('takes sizes where the list has them, in CSV and in TSV with a header', () => {
    const csv = parseLabels('ImageName,Label,Height,Width\na.jpg,ONE,31,170\nb.jpg,TWO,,\n', 'csv');
    expect(csv.rows.map((r) => [r.height, r.width])).toEqual([
      [31, 170],
      [undefined, undefined],
    ]);
    const tsv = parseLabels('Label\tFile\tWidth\nONE\ta.jpg\t20\n', 'tsv');
    expect(tsv.rows).toEqual([{ file: 'a.jpg', label: 'ONE', line: 2, width: 20 }]);
  });

  it.each(['NULL', 'NA', 'nan', 'TRUE', '1e5', '007', 'None', '-', '1_000'])('%s stays a string', (label) => {
    expect(parseLabels(`ImageName,Label\na.jpg,${label}\n`, 'csv').rows[0]?.label).toBe(label);
    expect(parseLabels(`a.jpg\t${label}\n`, 'tsv').rows[0]?.label).toBe(label);
    expect(parseLabels(`ImageName,Label\n${csvLine(['a.jpg', label])}`, 'csv').rows[0]?.label).toBe(label);
  });

  it('csvLine is read back as it was, whatever the cells hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 5 }), (cells) => {
        const [record, ...more] = parseCsv(csvLine(cells));
        expect(more).toEqual([]);
        expect(record?.cells).toEqual(cells);
      }),
    );
  });

  it('csv: refuses a header without the two columns', () => {
    expect(() => parseLabels('a.jpg,WORD\n', 'csv')).toThrow(/ImageName/);
  });

  it('readLabels names the file it cannot read', async () => {
    await expect(readLabels('/nowhere/labels.tsv')).rejects.toMatchObject({ code: 'BAD_LABELS', message: /nowhere/ });
  });
});

describe('alignable', () => {
  it.each([
    ['ABC', 3, true],
    ['ABC', 2, false],
    ['AAB', 3, false],
    ['AAB', 4, true],
    ['AAAA', 6, false],
    ['AAAA', 7, true],
    ['', 0, true],
  ])('%s in %i steps: %s (T >= L + repeats)', (label, steps, ok) => {
    expect(alignable(label, steps, 'ABC').ok).toBe(ok);
  });

  it('names the letter outside the alphabet', () => {
    expect(alignable('AbC', 9, 'ABC')).toEqual({
      ok: false,
      kind: 'outside alphabet',
      reason: 'outside alphabet: "b"',
    });
  });
});
