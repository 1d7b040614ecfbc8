import { ArgumentError, type Shape, ShapeError, showShape } from '../../gpu/index.ts';
import {
  concat as concatOp,
  flip as flipOp,
  permute as permuteOp,
  reshape as reshapeOp,
  resolveDim,
  slice as sliceOp,
} from '../../kernels/index.ts';
import { apply } from '../tape.ts';
import { resolveShape, type Tensor } from '../tensor.ts';

/** The same values in the same order under another shape, sharing memory; one extent may be -1. @throws ShapeError when the sizes differ. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeOp, [x], { shape: resolveShape(x.shape, shape) })[0];
}

/** Reorders dimensions: y's dimension d is x's dimension dims[d]. @throws ShapeError unless each is named once. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  return apply(permuteOp, [x], { dims })[0];
}

/** The last two dimensions exchanged, [.., M, N] to [.., N, M]. @throws ShapeError below two dimensions. */
export function transpose(x: Tensor): Tensor {
  const n = x.shape.length;
  if (n < 2) throw new ShapeError(`transpose: expected at least 2 dimensions, got ${showShape(x.shape)}`);
  return permute(x, [...Array.from({ length: n - 2 }, (_, d) => d), n - 1, n - 2]);
}

/**
 * Elements start, start + step, .. below end of one dimension; negative positions count from the end.
 * @throws ShapeError on a dimension that x lacks, ArgumentError on a step below 1.
 */
export function slice(x: Tensor, dim: number, start: number, end: number = Number.POSITIVE_INFINITY, step = 1): Tensor {
  return apply(sliceOp, [x], { dim, start, end, step })[0];
}

/** Reverses the order along `dims`. @throws ShapeError on a dimension that x lacks. */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  return apply(flipOp, [x], { dims })[0];
}

/** Joins tensors along an existing dimension. @throws ShapeError when another dimension differs, ArgumentError on no tensors. */
export function concat(parts: readonly Tensor[], dim = 0): Tensor {
  if (parts.length === 0) throw new ArgumentError('concat: expected at least one tensor, got none');
  return apply(concatOp, parts, { dim })[0];
}

/** Joins tensors of one shape along a new dimension. @throws ShapeError when shapes differ, ArgumentError on no tensors. */
export function stack(parts: readonly Tensor[], dim = 0): Tensor {
  if (parts.length === 0) throw new ArgumentError('stack: expected at least one tensor, got none');
  const { shape } = parts[0];
  const other = parts.find((p) => showShape(p.shape) !== showShape(shape));
  if (other) throw new ShapeError(`stack: expected ${showShape(shape)} everywhere, got ${showShape(other.shape)}`);
  const d = resolveDim('stack', dim, shape.length + 1);
  return concat(
    parts.map((p) => reshape(p, [...shape.slice(0, d), 1, ...shape.slice(d)])),
    d,
  );
}

/** The bridge of a CRNN: [B, C, H, W] to [W, B, C*H] with feature index c*H + h. @throws ShapeError unless 4 dimensions. */
export function mapToSequence(x: Tensor): Tensor {
  if (x.shape.length !== 4) throw new ShapeError(`map_to_sequence: expected [B, C, H, W], got ${showShape(x.shape)}`);
  const [b, c, h, w] = x.shape;
  return reshape(permute(x, [3, 0, 1, 2]), [w, b, c * h]);
}
