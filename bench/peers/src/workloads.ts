/** What every engine is asked to do. Shapes are the study's; `tiny` ones only show that everything runs. */

interface Named {
  readonly name: string;
  /** Floating-point operations of one run; a multiply-add is two. */
  readonly flops: number;
}

/** [size, size] by [size, size]. */
export interface Matmul extends Named {
  readonly kind: 'matmul';
  readonly size: number;
}

/** [batch, inC, height, width] -> [batch, outC, height, width], 3x3, padded; backward: forward and both gradients. */
export interface Conv extends Named {
  readonly kind: 'conv2d';
  readonly pass: 'forward' | 'backward';
  readonly batch: number;
  readonly inC: number;
  readonly outC: number;
  readonly height: number;
  readonly width: number;
}

/** One layer, [steps, batch, input] -> [steps, batch, directions * hidden], forward. */
export interface Recurrent extends Named {
  readonly kind: 'recurrent';
  readonly cell: 'lstm' | 'gru';
  readonly directions: 1 | 2;
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
}

/** The study's model, [batch, 1, 32, 170] -> [42, batch, 37]: reading, or one step of Adam. */
export interface Article extends Named {
  readonly kind: 'article';
  readonly pass: 'read' | 'train';
  readonly batch: number;
  /** Divides every width. */
  readonly shrink: number;
}

export type Workload = Matmul | Conv | Recurrent | Article;

export const ARTICLE = { height: 32, width: 170, steps: 42, classes: 37, label: 8 } as const;

/** A convolution of the study's model, and the pooling behind it. */
export interface ArticleStage {
  readonly inC: number;
  readonly outC: number;
  readonly kernel: 2 | 3;
  readonly pool?: readonly [number, number];
  readonly dropout?: number;
}

/** The seven convolutions, in order. */
export function articleStages(shrink: number): ArticleStage[] {
  const c = (n: number) => n / shrink;
  return [
    { inC: 1, outC: c(64), kernel: 3, pool: [2, 2] },
    { inC: c(64), outC: c(128), kernel: 3, pool: [2, 2] },
    { inC: c(128), outC: c(256), kernel: 3 },
    { inC: c(256), outC: c(256), kernel: 3, pool: [2, 1], dropout: 0.35 },
    { inC: c(256), outC: c(512), kernel: 3 },
    { inC: c(512), outC: c(512), kernel: 3, pool: [2, 1], dropout: 0.35 },
    { inC: c(512), outC: c(512), kernel: 2, dropout: 0.25 },
  ];
}

export function matmulFlops(m: number, n: number, k: number): number {
  return 2 * m * n * k;
}

function recurrentFlops(cell: 'lstm' | 'gru', rows: number, input: number, hidden: number): number {
  return matmulFlops(rows, (cell === 'lstm' ? 4 : 3) * hidden, input + hidden);
}

/** Products of the study's model for one image, forward. */
export function articleFlops(shrink: number): number {
  let { height, width }: { height: number; width: number } = ARTICLE;
  let flops = 0;
  for (const { inC, outC, kernel, pool = [1, 1] } of articleStages(shrink)) {
    flops += matmulFlops(height * width, outC, inC * kernel * kernel);
    height = Math.floor(height / pool[0]);
    width = Math.floor(width / pool[1]);
  }
  const { steps, classes } = ARTICLE;
  const hidden = 256 / shrink;
  flops += matmulFlops(steps, 64 / shrink, 1024 / shrink);
  flops += 2 * recurrentFlops('lstm', steps, 64 / shrink, hidden);
  flops += 2 * recurrentFlops('lstm', steps, hidden, hidden);
  return flops + matmulFlops(steps, classes, 2 * hidden);
}

function matmul(size: number): Matmul {
  return { kind: 'matmul', name: `matmul ${size}`, size, flops: matmulFlops(size, size, size) };
}

type ConvShape = Omit<Conv, 'kind' | 'name' | 'flops' | 'pass'>;

function conv(shape: ConvShape): Conv[] {
  const { batch, inC, outC, height, width } = shape;
  const flops = matmulFlops(batch * height * width, outC, 9 * inC);
  const name = `conv ${inC}-${outC} ${height}x${width}`;
  return [
    { kind: 'conv2d', ...shape, name: `${name} fwd`, pass: 'forward', flops },
    { kind: 'conv2d', ...shape, name: `${name} fwd+bwd`, pass: 'backward', flops: 3 * flops },
  ];
}

type RecurrentShape = Omit<Recurrent, 'kind' | 'name' | 'flops' | 'cell' | 'directions'>;

function recurrent(shape: RecurrentShape): Recurrent[] {
  const { steps, batch, input, hidden } = shape;
  return (['lstm', 'gru'] as const).flatMap((cell) =>
    ([1, 2] as const).map((directions) => ({
      kind: 'recurrent' as const,
      ...shape,
      cell,
      directions,
      name: `${directions === 2 ? 'bi' : ''}${cell} ${input}-${hidden} T${steps}`,
      flops: directions * recurrentFlops(cell, steps * batch, input, hidden),
    })),
  );
}

function article(batch: number, shrink: number): Article[] {
  const one = articleFlops(shrink);
  return [
    { kind: 'article', name: 'article-lstm read 1', pass: 'read', batch: 1, shrink, flops: one },
    { kind: 'article', name: `article-lstm train ${batch}`, pass: 'train', batch, shrink, flops: 3 * batch * one },
  ];
}

/** Everything, in the order of the table. */
export function workloads(tiny: boolean): Workload[] {
  if (tiny)
    return [
      matmul(32),
      ...conv({ batch: 2, inC: 4, outC: 8, height: 6, width: 10 }),
      ...recurrent({ steps: 4, batch: 2, input: 16, hidden: 8 }),
      ...article(1, 8),
    ];
  return [
    matmul(512),
    matmul(1024),
    ...conv({ batch: 16, inC: 64, outC: 128, height: 16, width: 85 }),
    ...conv({ batch: 16, inC: 512, outC: 512, height: 4, width: 42 }),
    ...recurrent({ steps: 42, batch: 16, input: 512, hidden: 256 }),
    ...article(4, 1),
  ];
}
