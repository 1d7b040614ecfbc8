import {
  concat,
  gru,
  gruCell,
  lstm,
  lstmCell,
  permute,
  type RecurrentParams,
  type RecurrentWeights,
  slice,
  type Tensor,
} from '../../autograd/index.ts';
import type { Adapter } from './adapter.ts';

type Tensors = Readonly<Record<string, Tensor>>;

function weightsOf(t: Tensors, suffix: string): RecurrentWeights {
  return {
    weightIh: t[`weight_ih${suffix}`],
    weightHh: t[`weight_hh${suffix}`],
    biasIh: t[`bias_ih${suffix}`],
    biasHh: t[`bias_hh${suffix}`],
  };
}

function layerOf(t: Tensors, layer: number): RecurrentParams {
  const reverse = t[`weight_ih_l${layer}_reverse`] ? weightsOf(t, `_l${layer}_reverse`) : undefined;
  return { ...weightsOf(t, `_l${layer}`), reverse };
}

/** Stacks layers as torch.nn.LSTM and GRU do: states [L*D, B, H], `batch_first` swaps the first two dimensions of x and y. */
function stacked(
  t: Tensors,
  attrs: Readonly<Record<string, unknown>>,
  run: (x: Tensor, params: RecurrentParams, states: (name: string) => Tensor | undefined) => Record<string, Tensor>,
): Record<string, Tensor> {
  const layers = Number(attrs.num_layers ?? 1);
  const swap = (x: Tensor) => (attrs.batch_first ? permute(x, [1, 0, 2]) : x);
  const finals: Record<string, Tensor[]> = {};
  let x = swap(t.x);
  for (let layer = 0; layer < layers; layer++) {
    const params = layerOf(t, layer);
    const dirs = params.reverse ? 2 : 1;
    const initial = (name: string) =>
      t[name] && layers > 1 ? slice(t[name], 0, layer * dirs, (layer + 1) * dirs) : t[name];
    const { y, ...rest } = run(x, params, initial);
    for (const [name, value] of Object.entries(rest)) {
      finals[name] ??= [];
      finals[name].push(value);
    }
    x = y;
  }
  const out: Record<string, Tensor> = { y: swap(x) };
  for (const [name, list] of Object.entries(finals)) out[name] = list.length > 1 ? concat(list, 0) : list[0];
  return out;
}

export const recurrent: Record<string, Adapter> = {
  lstm: (t, attrs) => stacked(t, attrs, (x, params, at) => lstm(x, params, { h0: at('h0'), c0: at('c0') })),
  gru: (t, attrs) => stacked(t, attrs, (x, params, at) => gru(x, params, { h0: at('h0') })),
  lstm_cell: (t) => {
    const { h, c } = lstmCell(t.x, { h: t.h, c: t.c }, weightsOf(t, ''));
    return { h1: h, c1: c };
  },
  gru_cell: (t) => ({ h1: gruCell(t.x, t.h, weightsOf(t, '')) }),
};
