import { noise } from './noise.ts';
import { type Attribute, type Constant, encodeModel, type Graph, type Node } from './onnx.ts';
import { ARTICLE, type Article, articleStages, type Recurrent, type Workload } from './workloads.ts';

/** Collects nodes and constants; each call returns the name of what it made. */
class Builder {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];

  weight(shape: readonly number[], scale: number): string {
    return this.keep(
      shape,
      noise(
        shape.reduce((a, b) => a * b, 1),
        scale,
      ),
    );
  }

  filled(length: number, value: number): string {
    return this.keep([length], new Float32Array(length).fill(value));
  }

  integers(...values: readonly number[]): string {
    return this.keep([values.length], BigInt64Array.from(values, BigInt));
  }

  private keep(shape: readonly number[], data: Constant['data']): string {
    const name = `c${this.constants.length}`;
    this.constants.push({ name, shape, data });
    return name;
  }

  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `t${this.nodes.length}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  /** [T, N, input] -> [T, directions, N, hidden]. */
  recurrent(x: string, s: Pick<Recurrent, 'cell' | 'directions' | 'input' | 'hidden'>): string {
    const { cell, directions, input, hidden } = s;
    const rows = (cell === 'lstm' ? 4 : 3) * hidden;
    const w = this.weight([directions, rows, input], 1 / Math.sqrt(input));
    const r = this.weight([directions, rows, hidden], 1 / Math.sqrt(hidden));
    const b = this.weight([directions, 2 * rows], 0.1);
    return this.node(cell.toUpperCase(), [x, w, r, b], {
      hidden_size: hidden,
      direction: directions === 2 ? 'bidirectional' : 'forward',
      // The reset gate after the product, as PyTorch and Lexel have it.
      ...(cell === 'gru' ? { linear_before_reset: 1 } : {}),
    });
  }

  linear(x: string, input: number, output: number): string {
    const product = this.node('MatMul', [x, this.weight([input, output], 1 / Math.sqrt(input))]);
    return this.node('Add', [product, this.weight([output], 0.1)]);
  }

  graph(shape: readonly number[], output: string): Graph {
    return { input: { name: 'x', shape }, output, nodes: this.nodes, constants: this.constants };
  }
}

function article({ batch, shrink }: Article): Graph {
  const b = new Builder();
  let h = 'x';
  for (const { inC, outC, kernel, pool } of articleStages(shrink)) {
    const depth = inC * kernel * kernel;
    const inputs = [h, b.weight([outC, inC, kernel, kernel], 1 / Math.sqrt(depth)), b.weight([outC], 0.1)];
    h = b.node('Conv', inputs, { kernel_shape: [kernel, kernel], pads: kernel === 3 ? [1, 1, 1, 1] : [0, 0, 1, 1] });
    const norm = [h, b.filled(outC, 1), b.filled(outC, 0), b.filled(outC, 0), b.filled(outC, 1)];
    h = b.node('Relu', [b.node('BatchNormalization', norm, { epsilon: { float: 1e-3 } })]);
    if (pool) h = b.node('MaxPool', [h], { kernel_shape: pool, strides: pool });
  }
  const { steps, classes, height, width } = ARTICLE;
  const hidden = 256 / shrink;
  // [N, C, 2, T] -> [T, N, C, 2] -> [T, N, 2 C]
  const columns = b.node('Transpose', [h], { perm: [3, 0, 1, 2] });
  const sequence = b.node('Reshape', [columns, b.integers(steps, batch, 1024 / shrink)]);
  const bridge = b.node('Relu', [b.linear(sequence, 1024 / shrink, 64 / shrink)]);
  const first = b.recurrent(bridge, { cell: 'lstm', directions: 2, input: 64 / shrink, hidden });
  const summed = b.node('ReduceSum', [first, b.integers(1)], { keepdims: 0 });
  const second = b.recurrent(summed, { cell: 'lstm', directions: 2, input: hidden, hidden });
  const beside = b.node('Transpose', [second], { perm: [0, 2, 1, 3] });
  const joined = b.node('Reshape', [beside, b.integers(steps, batch, 2 * hidden)]);
  return b.graph([batch, 1, height, width], b.linear(joined, 2 * hidden, classes));
}

function graphOf(w: Workload): Graph | undefined {
  const b = new Builder();
  switch (w.kind) {
    case 'matmul': {
      const y = b.node('MatMul', ['x', b.weight([w.size, w.size], 1 / Math.sqrt(w.size))]);
      return b.graph([w.size, w.size], y);
    }
    case 'conv2d': {
      if (w.pass === 'backward') return undefined;
      const weight = b.weight([w.outC, w.inC, 3, 3], 1 / Math.sqrt(9 * w.inC));
      const y = b.node('Conv', ['x', weight], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      return b.graph([w.batch, w.inC, w.height, w.width], y);
    }
    case 'recurrent':
      return b.graph([w.steps, w.batch, w.input], b.recurrent('x', w));
    case 'article':
      return w.pass === 'read' ? article(w) : undefined;
  }
}

/** The model of a workload and the shape of its input x; undefined where it trains, which ONNX models do not. */
export function onnxModel(w: Workload): { bytes: Uint8Array; shape: readonly number[]; output: string } | undefined {
  const graph = graphOf(w);
  return graph && { bytes: encodeModel(graph), shape: graph.input.shape, output: graph.output };
}
