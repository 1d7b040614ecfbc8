import { type BinaryName, binary, binaryBackward } from '../reference/binary.ts';
import { dropout, dropoutBackward } from '../reference/dropout.ts';
import { abs } from '../reference/ndarray.ts';
import { type UnaryName, unary, unaryBackward } from '../reference/unary.ts';
import { C, ELEMENTWISE, EXACT, peak, reduction, SMALLEST_NORMAL, ULP, UNIT_ROUNDOFF } from './tolerance.ts';
import { type Attrs, type CheckCase, f32, type InputSpec, numberAttr, type OpCheck, type Tolerance } from './types.ts';

interface UnaryRow {
  readonly op: UnaryName;
  /** Values that leave the ordinary range, or stand on a kink. */
  readonly edge: readonly number[];
  readonly edgeName: string;
  readonly kind: InputSpec['kind'];
  /** Tolerances of f(x) and of f'(x), from the largest |x|; the second is scaled by the largest |dy|. */
  readonly f: (most: number) => Tolerance;
  readonly df: (most: number) => Tolerance;
}

const exact = () => EXACT;
const elementwise = () => ELEMENTWISE;
const relative = (units: number): Tolerance => ({ atol: SMALLEST_NORMAL, rtol: units * ULP });
const absolute = (size: number): Tolerance => ({ atol: C * UNIT_ROUNDOFF * size, rtol: 0 });
/** exp, and the one or two operations around it. */
const exponential = (most: number) => relative(3 + 2 * most + 2);
/** sinh/cosh from exp: both relative errors add, and the division. Beyond 9.01 tanh is 1 to the last bit. */
const hyperbolic = (most: number): Tolerance => ({ atol: (2 * (3 + 2 * Math.min(most, 9.01)) + 2.5) * ULP, rtol: 0 });
/** x times a gate in [0, 1] known to a few units of 1; past 20 the gate is 0 or 1 exactly. */
const gated = (most: number) => absolute(Math.max(1, Math.min(most, 20)));
const gatedValue = (most: number): Tolerance => ({
  atol: absolute(Math.max(1, Math.min(most, 20))).atol,
  rtol: C * UNIT_ROUNDOFF,
});

const SATURATED = [
  -10000, -1000, -100, -50, -20, -9.5, -5, -3, -1, -0.001, -1e-6, 0, 1e-6, 0.001, 1, 3, 5, 9.5, 20, 50, 100, 1000,
  10000,
];
const KINK = [-2, -1e-6, 0, 1e-6, 2];

const UNARY_ROWS: readonly UnaryRow[] = [
  { op: 'relu', edge: KINK, edgeName: 'kink', kind: 'normal', f: exact, df: exact },
  { op: 'leaky_relu', edge: KINK, edgeName: 'kink', kind: 'normal', f: elementwise, df: elementwise },
  {
    op: 'sigmoid',
    edge: SATURATED,
    edgeName: 'saturated',
    kind: 'normal',
    f: () => absolute(1),
    df: () => absolute(1),
  },
  {
    op: 'tanh',
    edge: SATURATED,
    edgeName: 'saturated',
    kind: 'normal',
    f: hyperbolic,
    df: (most) => ({ atol: 2 * hyperbolic(most).atol, rtol: 0 }),
  },
  { op: 'gelu', edge: SATURATED, edgeName: 'saturated', kind: 'normal', f: gatedValue, df: gated },
  { op: 'silu', edge: SATURATED, edgeName: 'saturated', kind: 'normal', f: gatedValue, df: gated },
  { op: 'hardswish', edge: [-10, -3, -2.5, 0, 2.5, 3, 10], edgeName: 'kink', kind: 'normal', f: gatedValue, df: gated },
  { op: 'exp', edge: [-80, -20, -1, 0, 1, 20, 80], edgeName: 'wide', kind: 'normal', f: exponential, df: exponential },
  {
    op: 'log',
    edge: [1e-30, 1e-6, 0.5, 0.999, 1, 1.001, 2, 1000, 1e30],
    edgeName: 'wide',
    kind: 'positive',
    f: () => ({ atol: 2 ** -21, rtol: 4 * ULP }),
    df: () => relative(4),
  },
  {
    op: 'sqrt',
    edge: [1e-30, 1e-6, 1, 2, 1e30],
    edgeName: 'wide',
    kind: 'positive',
    f: () => relative(5),
    df: () => relative(8),
  },
  {
    op: 'square',
    edge: [-1e15, -3, 0, 1e-15, 1e15],
    edgeName: 'wide',
    kind: 'normal',
    f: elementwise,
    df: elementwise,
  },
  { op: 'neg', edge: [-1e38, -1, 0, 1, 1e38], edgeName: 'wide', kind: 'normal', f: exact, df: exact },
  { op: 'abs', edge: KINK, edgeName: 'kink', kind: 'normal', f: exact, df: exact },
];

/** One element more than 65,535 workgroups of 64 and of 256 hold. */
const OVER_64 = 65535 * 64 + 65;
const OVER_256 = 65535 * 256 + 257;

function unaryCases({ op, edge, edgeName, kind }: UnaryRow): CheckCase[] {
  const attrs: Attrs = op === 'leaky_relu' ? { negative_slope: 0.125 } : {};
  const make = (name: string, x: InputSpec, extra: Partial<CheckCase> = {}): CheckCase => ({
    op,
    name,
    attrs,
    inputs: { x },
    quick: true,
    ...extra,
  });
  const cases = [
    make('one', f32([1], kind)),
    make('odd', f32([3, 5, 7], kind)),
    make('not_multiple_of_tile', f32([1031], kind)),
    make(edgeName, f32([edge.length], 'values', { values: edge.map(Math.fround) }), { kink: true }),
    make('empty', f32([0, 3], kind)),
  ];
  if (op === 'relu') {
    cases.push(make('over_65535_groups', f32([OVER_64], 'uniform'), { quick: false, kink: true }));
    cases.push(make('over_65535_groups_of_256', f32([OVER_256], 'uniform'), { quick: false, kink: true }));
  }
  return cases;
}

function unaryCheck(row: UnaryRow): OpCheck {
  const options = (c: CheckCase) => ({ negativeSlope: numberAttr(c, 'negative_slope', 0.01) });
  return {
    op: row.op,
    differentiable: ['y'],
    cases: unaryCases(row),
    forward: (c, { x }) => ({ y: unary(row.op, x, options(c)) }),
    backward: (c, { x }, { dy }) => ({ dx: unaryBackward(row.op, x, dy, options(c)) }),
    tolerances({ inputs: { x }, cotangents: { dy } }) {
      const df = row.df(peak(x));
      return { y: row.f(peak(x)), dx: { atol: df.atol * Math.max(1, peak(dy)), rtol: df.rtol } };
    },
  };
}

export const unaryChecks: readonly OpCheck[] = UNARY_ROWS.map(unaryCheck);

function binaryCheck(op: BinaryName): OpCheck {
  const make = (name: string, a: readonly number[], b: readonly number[], quick = true): CheckCase => ({
    op,
    name,
    attrs: {},
    inputs: { a: f32(a), b: f32(b, op === 'div' ? 'sign' : 'normal') },
    quick,
  });
  const cases = [
    make('one', [1], [1]),
    make('odd', [3, 5, 7], [3, 5, 7]),
    make('scalar', [4, 9], []),
    make('row', [33, 7], [7]),
    make('column', [33, 7], [33, 1]),
    make('channel', [2, 5, 3, 4], [5, 1, 1]),
    make('broadcast', [3, 1, 5], [1, 4, 1]),
    make('left_smaller', [7], [2, 3, 7]),
    make('empty', [0, 3], [3]),
    make('long_broadcast', [1027, 3], [3], false),
  ];
  if (op === 'add') cases.push(make('over_65535_groups', [OVER_64], [OVER_64], false));
  return {
    op,
    differentiable: ['y'],
    cases,
    forward: (_, { a, b }) => ({ y: binary(op, a, b) }),
    backward: (_, { a, b }, { dy }) => ({ ...binaryBackward(op, a, b, dy) }),
    tolerances({ inputs: { a, b }, cotangents: { dy } }) {
      const magnitude = binaryBackward(op, abs(a), abs(b), abs(dy));
      const copies = (operand: typeof a) => dy.data.length / Math.max(operand.data.length, 1);
      return {
        y: ELEMENTWISE,
        da: reduction(copies(a), peak(magnitude.da)),
        db: reduction(copies(b), peak(magnitude.db)),
      };
    },
  };
}

const BINARY_OPS: readonly BinaryName[] = ['add', 'sub', 'mul', 'div'];
export const binaryChecks: readonly OpCheck[] = BINARY_OPS.map(binaryCheck);

function drop(name: string, shape: readonly number[], p: number, extra: Partial<CheckCase> = {}): CheckCase {
  const inputs = { x: f32(shape), mask: f32(shape, 'mask', { low: 1 - p }) };
  return { op: 'dropout', name, attrs: { p }, inputs, quick: true, ...extra };
}

/** Dropout with the mask given, so that the arithmetic can be checked apart from the generator. */
export const dropoutCheck: OpCheck = {
  op: 'dropout',
  differentiable: ['y'],
  cases: [
    drop('one', [1], 0.25),
    drop('odd', [9, 33], 0.35),
    drop('mostly_dropped', [7, 41], 0.9),
    drop('p_zero', [3, 5], 0),
    drop('p_one', [3, 5], 1),
    drop('empty', [0, 2], 0.5),
  ],
  forward: (c, { x, mask }) => ({ y: dropout(x, mask, numberAttr(c, 'p')) }),
  backward: (c, { mask }, { dy }) => ({ dx: dropoutBackward(mask, dy, numberAttr(c, 'p')) }),
  tolerances: () => ({ y: ELEMENTWISE, dx: ELEMENTWISE }),
};
