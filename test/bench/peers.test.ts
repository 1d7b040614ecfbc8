/** The parts of bench/peers that need none of its packages. */
import { describe, expect, test } from 'vitest';
import { encodeModel, varint } from '../../bench/peers/src/onnx.ts';
import { onnxModel } from '../../bench/peers/src/onnx-models.ts';
import { digits, figures, median, notesOf, type Row, runsFor, tableOf } from '../../bench/peers/src/table.ts';
import { ARTICLE, articleFlops, articleStages, workloads } from '../../bench/peers/src/workloads.ts';
import { outputOf, PLANS } from '../../src/bench/shapes.ts';

const row: Row = {
  workload: 'matmul 2',
  flops: 8e6,
  timings: [
    { engine: 'lexel', samples: [5, 1, 2] },
    { engine: 'a', samples: [8, 4], note: 'does less' },
    { engine: 'broken', samples: [] },
  ],
};

describe('table', () => {
  test('an even count has the mean of the middle two as its median', () => {
    expect(median([9, 1, 4])).toBe(4);
    expect(median([9, 1, 4, 2])).toBe(3);
  });

  test('ratios are times over the baseline, rates come from medians, engines without a sample are left out', () => {
    expect(figures(row, 'lexel')).toEqual([
      { engine: 'lexel', ms: 2, gflops: 4, ratio: 1 },
      { engine: 'a', ms: 6, gflops: 8 / 6, ratio: 3 },
    ]);
  });

  test('without a baseline there are times and no ratios', () => {
    const others = { ...row, timings: row.timings.slice(1) };
    expect(figures(others, 'lexel').map((f) => f.ratio)).toEqual([undefined]);
    expect(tableOf(['lexel', 'a']).row(others).split(/\s+/)).toEqual(['matmul', '2', '-', '-', '6.00*', '']);
  });

  test('columns of heading and rows end at the same places', () => {
    const table = tableOf(['lexel', 'a', 'broken']);
    const line = table.row(row);
    expect(line.trim().split(/\s{2,}/)).toEqual(['matmul 2', '2.00', '4.00', '6.00 (3.00x)*', '-']);
    expect(line.length).toBe(table.head.length);
    for (const [title, cell] of [
      ['lexel ms', '2.00'],
      ['GFLOP/s', '4.00'],
      [' a', '(3.00x)*'],
    ])
      expect(line.lastIndexOf(cell) + cell.length).toBe(table.head.indexOf(`${title} `) + title.length);
  });

  test('notes name engine and workload', () => {
    expect(notesOf([row])).toEqual(['* a, matmul 2: does less']);
  });

  test('numbers keep three digits, short runs are repeated in a sample', () => {
    expect([0.1234, 1.234, 12.34, 1234].map(digits)).toEqual(['0.123', '1.23', '12.3', '1234']);
    expect([runsFor(200), runsFor(20), runsFor(0)]).toEqual([1, 3, 50]);
  });
});

describe('workloads', () => {
  const full = workloads(false);
  const flops = (name: string) => full.find((w) => w.name === name)?.flops;

  test('operations are counted as multiply-adds times two, backward as twice forward', () => {
    expect(flops('matmul 1024')).toBe(2 ** 31);
    expect(flops('conv 64-128 16x85 fwd')).toBe(2 * 16 * 16 * 85 * 128 * 64 * 9);
    expect(flops('conv 64-128 16x85 fwd+bwd')).toBe(3 * 2 * 16 * 16 * 85 * 128 * 64 * 9);
    expect(flops('bilstm 512-256 T42')).toBe(2 * 2 * 16 * 42 * 1024 * 768);
    expect(flops('gru 512-256 T42')).toBe(2 * 16 * 42 * 768 * 768);
    expect(flops('article-lstm train 4')).toBe(3 * 4 * articleFlops(1));
  });

  test("the article's stages are those that lexel bench times", () => {
    const plan = PLANS.find((p) => p.name === 'article');
    expect(articleStages(1).map((s) => [s.inC, s.outC, s.kernel, s.pool])).toEqual(
      plan?.convs.map((s) => [s.from[0], s.to, s.kernel, s.pool]),
    );
    const convolutions = plan?.convs.map((s) => {
      const [c, h, w] = outputOf(s);
      return 2 * c * h * w * s.from[0] * s.kernel ** 2;
    });
    const sum = convolutions?.reduce((a, b) => a + b, 0) ?? 0;
    const recurrent = 2 * 2 * 42 * 1024 * (64 + 256 + 256 + 256);
    const dense = 2 * 42 * (1024 * 64 + 512 * ARTICLE.classes);
    expect(articleFlops(1)).toBe(sum + recurrent + dense);
  });

  test('names are unique in both sizes', () => {
    for (const list of [full, workloads(true)]) expect(new Set(list.map((w) => w.name)).size).toBe(list.length);
  });
});

describe('ONNX', () => {
  test('varints hold seven bits a byte, least first, and negative numbers as 64 bits', () => {
    expect([...varint(0)]).toEqual([0]);
    expect([...varint(300)]).toEqual([0xac, 0x02]);
    expect([...varint(-1)]).toEqual([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });

  test('a graph of one node is encoded byte for byte', () => {
    const bytes = encodeModel({
      input: { name: 'x', shape: [2] },
      output: 'y',
      nodes: [{ op: 'Add', inputs: ['x', 'c'], outputs: ['y'], attributes: { a: [3] } }],
      constants: [{ name: 'c', shape: [1], data: Float32Array.of(1) }],
    });
    const text = (s: string) => [...new TextEncoder().encode(s)];
    const field = (tag: number, body: readonly number[]) => [tag, body.length, ...body];
    const named = (tag: number, name: string) => field(tag, text(name));
    const attribute = field(0x2a, [...named(0x0a, 'a'), 0x40, 3, 0xa0, 0x01, 7]);
    const node = [...named(0x0a, 'x'), ...named(0x0a, 'c'), ...named(0x12, 'y'), ...named(0x1a, 'Add_y')];
    const tensor = [0x08, 1, 0x10, 1, ...named(0x42, 'c'), ...field(0x4a, [0, 0, 0x80, 0x3f])];
    const shape = field(0x12, field(0x0a, [0x08, 2]));
    const graph = [
      ...field(0x0a, [...node, ...named(0x22, 'Add'), ...attribute]),
      ...named(0x12, 'graph'),
      ...field(0x2a, tensor),
      ...field(0x5a, [...named(0x0a, 'x'), ...field(0x12, field(0x0a, [0x08, 1, ...shape]))]),
      ...field(0x62, [...named(0x0a, 'y'), ...field(0x12, field(0x0a, [0x08, 1]))]),
    ];
    expect([...bytes]).toEqual([
      ...[0x08, 8],
      ...named(0x12, 'lexel'),
      ...field(0x3a, graph),
      ...field(0x42, [...named(0x0a, ''), 0x10, 17]),
    ]);
  });

  test('every workload that does not train has a model', () => {
    for (const w of workloads(true)) {
      const trains = (w.kind === 'article' && w.pass === 'train') || (w.kind === 'conv2d' && w.pass === 'backward');
      expect(onnxModel(w) === undefined, w.name).toBe(trains);
    }
  });
});
