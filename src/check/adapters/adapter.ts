import type { Tensor } from '../../autograd/index.ts';
import type { Device } from '../../gpu/index.ts';

/** What an adapter may use besides its tensors. */
export interface AdapterContext {
  readonly device: Device;
  /** Integer inputs (targets, lengths, indices) as they came, for ops that also need them on the host. */
  readonly host: Readonly<Record<string, ArrayLike<number>>>;
}

/**
 * Calls the public op behind a case. Tensors and attributes are named as in the conformance format
 * (`x`, `weight`, `bias`, `weight_ih_l0`, ...); the outputs too (`y`, `hn`, `loss`, ...).
 */
export type Adapter = (
  tensors: Readonly<Record<string, Tensor>>,
  attrs: Readonly<Record<string, unknown>>,
  context: AdapterContext,
) => Record<string, Tensor>;
