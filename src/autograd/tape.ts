import { DeviceArray, type GpuArray, GradientError, showShape } from '../gpu/index.ts';
import { accumulate, backwardOf, fill, type Op } from '../kernels/index.ts';
import { checkCotangent, Tensor } from './tensor.ts';

/** One recorded op: enough to run its backward. */
export interface TapeNode {
  readonly id: number;
  readonly op: Op<unknown>;
  readonly attrs: unknown;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  saved: readonly DeviceArray[];
  /** Whether backward has run through it, and with it gone what it saved. */
  spent: boolean;
}

let nextId = 0;
let recording = true;

/** Runs `body` without recording gradients. */
export function noGrad<T>(body: () => T): T {
  const before = recording;
  recording = false;
  try {
    return body();
  } finally {
    recording = before;
  }
}

/** Whether a gradient of what is made of these may be asked for. */
export function isTracked(inputs: readonly (Tensor | undefined)[]): boolean {
  return recording && inputs.some((t) => t?.requiresGrad);
}

/** Runs an op on tensors and records it where a gradient may be asked for. */
export function apply<A>(op: Op<A>, inputs: readonly (Tensor | undefined)[], attrs: A): Tensor[] {
  const first = inputs.find((t) => t !== undefined);
  if (!first) throw new TypeError(`${op.name}: at least one input is needed`);
  const { device } = first;
  const tracked = isTracked(inputs);
  const made = device.scoped(() => {
    const f = op.forward(
      device,
      inputs.map((t) => t?.array),
      attrs,
    );
    if (tracked) return { outputs: [...f.outputs], saved: [...(f.saved ?? [])] };
    return { outputs: [...f.outputs], saved: [] as DeviceArray[] };
  });
  const outputs = made.outputs.map((a) => new Tensor(a, { requiresGrad: tracked && a.dtype === 'f32' }));
  if (tracked) {
    const node: TapeNode = {
      id: nextId++,
      op: op as Op<unknown>,
      attrs,
      inputs,
      outputs,
      saved: made.saved,
      spent: false,
    };
    for (const y of outputs) y.node = node;
  }
  return outputs;
}

/** A gradient on its way: whether it may be added to in place. */
interface Partial {
  array: GpuArray;
  owned: boolean;
}

/**
 * Gradients of `y` with respect to every leaf that requires one, added to their `.grad`.
 * @param y a scalar, or any tensor together with its cotangent.
 * @param cotangent d(loss)/d(y), of y's shape.
 * @throws GradientError when y has no graph, is no scalar, or an op on the way has no gradient or has given its own already.
 */
export function backward(
  y: Tensor | readonly Tensor[],
  cotangent?: GpuArray | readonly (GpuArray | undefined)[],
): void {
  const roots = Array.isArray(y) ? (y as readonly Tensor[]) : [y as Tensor];
  const seeds = Array.isArray(cotangent) ? cotangent : [cotangent as GpuArray | undefined];
  const { device } = roots[0];
  const grads = new Map<Tensor, Partial>();
  const leaves = new Set<Tensor>();

  const add = (t: Tensor, array: GpuArray, owned: boolean): void => {
    const have = grads.get(t);
    if (!have) {
      // A gradient of an earlier backward stays where it is: this one is added to it at the end.
      const target = t.node || t.grad ? undefined : t.gradTarget;
      if (target && array !== target) {
        device.copy(array, target);
        grads.set(t, { array: target, owned: true });
      } else grads.set(t, { array, owned });
      if (!t.node) leaves.add(t);
      return;
    }
    if (!have.owned) {
      const copy = DeviceArray.empty(device, t.shape);
      device.copy(have.array, copy);
      have.array = copy;
      have.owned = true;
    }
    accumulate(device, have.array, array);
  };

  device.scoped(() => {
    roots.forEach((root, i) => {
      if (!root.requiresGrad)
        throw new GradientError('backward: the tensor does not depend on anything that requires a gradient', {
          hint: 'Create a parameter with { requiresGrad: true } and compute outside noGrad().',
        });
      let seed = seeds[i];
      if (!seed) {
        if (root.size !== 1)
          throw new GradientError(`backward: a loss must be a scalar, got shape ${showShape(root.shape)}`, {
            hint: 'Sum or average it, or pass a cotangent of its shape.',
          });
        seed = fill(device, root.shape, 1);
      }
      checkCotangent(root, seed);
      add(root, seed, false);
    });
    const nodes = sorted(roots);
    const spent = nodes.find((n) => n.spent);
    if (spent)
      throw new GradientError(`${spent.op.name}: backward has already run through this part of the graph`, {
        hint: 'Add the losses up, or pass them to one backward in a list.',
      });
    for (const node of nodes) {
      const dy = node.outputs.map((o) => grads.get(o)?.array);
      if (dy.every((d) => d === undefined)) continue;
      const rule = backwardOf(node.op);
      if (!rule)
        throw new GradientError(`${node.op.name}: has no gradient, but one of its inputs requires it`, {
          hint: 'Cut the graph with detach() or noGrad().',
        });
      const needs = node.inputs.map((t) => t?.requiresGrad ?? false);
      // Workspace ends with this node; the gradients themselves move on to the enclosing scope.
      const dx = device.scoped(() => {
        const given = new Set<Tensor>();
        const out = rule({
          device,
          inputs: node.inputs.map((t) => t?.array),
          outputs: node.outputs.map((t) => t.array),
          saved: node.saved,
          attrs: node.attrs,
          dy,
          needs,
          grad: (i) => {
            const t = node.inputs[i] as Tensor;
            // The same tensor may be two inputs of one op: only its first gradient may take the target.
            if (!t.node && t.gradTarget && !t.grad && !grads.has(t) && !given.has(t)) {
              given.add(t);
              return t.gradTarget;
            }
            return DeviceArray.empty(device, t.shape);
          },
        });
        return [...out];
      });
      const borrowed = new Set(dy.map((d) => d?.buffer));
      node.inputs.forEach((t, i) => {
        const g = dx[i];
        if (!t || !needs[i]) return;
        if (!g) throw new GradientError(`${node.op.name}: backward gave no gradient for input ${i}`);
        // A rule may hand its output's gradient on, which ends below.
        add(t, g instanceof DeviceArray && dy.includes(g) ? g.view(t.shape) : g, !borrowed.has(g.buffer));
      });
      for (const o of node.outputs) {
        const g = grads.get(o);
        if (g?.owned && g.array instanceof DeviceArray) g.array.dispose();
        grads.delete(o);
      }
      for (const s of node.saved) s.dispose();
      node.saved = [];
      node.spent = true;
    }
    return [...leaves].flatMap((t) => {
      const part = grads.get(t);
      if (!t.requiresGrad || !part) return [];
      const before = t.grad;
      if (before) {
        accumulate(device, before, part.array);
        return [before];
      }
      // A borrowed gradient (the caller's cotangent, say) stays its owner's: a leaf gets memory of its own.
      let own = part.array;
      if (!part.owned || !(own instanceof DeviceArray)) {
        own = DeviceArray.empty(device, t.shape);
        device.copy(part.array, own);
      }
      t.grad = new Tensor((own as DeviceArray).view(t.shape));
      return [t.grad];
    });
  });
}

/** The nodes that lead to the roots, last recorded first. */
function sorted(roots: readonly Tensor[]): TapeNode[] {
  const seen = new Set<TapeNode>();
  const stack = roots.map((r) => r.node);
  while (stack.length > 0) {
    const node = stack.pop();
    if (!node || seen.has(node)) continue;
    seen.add(node);
    for (const t of node.inputs) if (t?.requiresGrad) stack.push(t.node);
  }
  return [...seen].sort((a, b) => b.id - a.id);
}
