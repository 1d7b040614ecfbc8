import { FormatError, type HostArray, type Shape } from '../gpu/index.ts';

/** Weights by name, on the host. */
export type Weights = ReadonlyMap<string, { readonly shape: Shape; readonly data: HostArray }>;

type Entry = { shape: Shape; data: HostArray };

/** One direction of a recurrent layer: `rnn.forwardWeights.weightIh`. */
const RECURRENT = /^(.+)\.(forward|reverse)Weights\.(weight|bias)(Ih|Hh)$/;
/** The same in a state_dict: `rnn.weight_ih_l0_reverse`. */
const TORCH_RECURRENT = /^(.+)\.(weight|bias)_(ih|hh)_l0(_reverse)?$/;

const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** The name that a tensor has in the state_dict of the same network built of PyTorch's own layers. */
export function torchName(name: string): string {
  const m = RECURRENT.exec(name);
  if (m) return `${m[1]}.${m[3]}_${m[4].toLowerCase()}_l0${m[2] === 'reverse' ? '_reverse' : ''}`;
  const dot = name.lastIndexOf('.') + 1;
  return name.slice(0, dot) + snake(name.slice(dot));
}

/** Whether tensors are named as a state_dict names them. */
export function isTorchLayout(weights: Weights): boolean {
  return [...weights.keys()].some((k) => TORCH_RECURRENT.test(k) || k.endsWith('.running_mean'));
}

/**
 * Weights as PyTorch's `load_state_dict` takes them. The order of gates (i, f, g, o and r, z, n) and every layout is the same in both; a
 * recurrent layer has one bias here where PyTorch adds two, so that the second is zeros.
 */
export function toPyTorch(weights: Weights): Map<string, Entry> {
  const out = new Map<string, Entry>();
  for (const [name, { shape, data }] of weights) {
    out.set(torchName(name), { shape, data: data.slice() });
    if (name.endsWith('.biasIh') && !weights.has(name.replace(/Ih$/, 'Hh')))
      out.set(torchName(name.replace(/Ih$/, 'Hh')), { shape, data: new Float32Array(data.length) });
  }
  return out;
}

/**
 * Weights of a state_dict under the names that `own` (a model's tensors by name) has. The second bias of a recurrent layer is added to the
 * first where the model keeps one.
 * @throws FormatError when a tensor is missing, or a GRU's second candidate bias is not zero: it stands behind the reset gate, and the
 * model has no place for it.
 */
export function fromPyTorch(
  state: Weights,
  own: Iterable<readonly [string, { readonly shape: Shape }]>,
): Map<string, Entry> {
  const names = new Map(own);
  const out = new Map<string, Entry>();
  for (const name of names.keys()) {
    const given = state.get(torchName(name));
    if (!given)
      throw new FormatError(`weights: ${torchName(name)} is missing`, {
        hint: 'Name the layers as the exported file does: `lexel export --layout pytorch`.',
      });
    const second = name.endsWith('.biasIh') ? name.replace(/Ih$/, 'Hh') : undefined;
    const extra = second !== undefined && !names.has(second) ? state.get(torchName(second)) : undefined;
    const data = given.data.slice();
    if (extra) {
      const hidden = state.get(torchName(name.replace(/biasIh$/, 'weightHh')))?.shape[1] ?? 0;
      const gru = data.length === 3 * hidden;
      extra.data.forEach((v, i) => {
        if (gru && i >= 2 * hidden && v !== 0)
          throw new FormatError(
            `weights: ${torchName(second ?? name)}[${i}] must be 0, got ${v}: the candidate's second bias has no place in this model`,
            { hint: 'Train the GRU with that part held at zero, or fold it away first.' },
          );
        data[i] += v;
      });
    }
    out.set(name, { shape: given.shape, data });
  }
  return out;
}
