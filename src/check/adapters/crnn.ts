import {
  backward,
  batchnorm2d,
  conv2d,
  ctc,
  gelu,
  leakyRelu,
  linear,
  mapToSequence,
  maxpool2d,
  noGrad,
  relu,
  Tensor,
  tanh,
} from '../../autograd/index.ts';
import { type Device, UnsupportedError } from '../../gpu/index.ts';
import { makeOptimizer, type OptimCase } from './optim.ts';
import { recurrent } from './recurrent.ts';

type Outputs = Record<string, Float32Array>;
type Layer = (x: Tensor, training: boolean) => Tensor;
type Tensors = Readonly<Record<string, Tensor>>;

/** "2x2", "k(2,1)", "p(0,1)", "stride2", "pad1" in a line of the graph: the pair under one of these letters. */
function pairIn(line: string, keys: string, otherwise?: readonly [number, number]): [number, number] | undefined {
  const listed = new RegExp(`\\b(?:${keys})\\s*\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*\\)`).exec(line);
  if (listed) return [Number(listed[1]), Number(listed[2])];
  const one = new RegExp(`\\b(?:${keys})\\s*=?\\s*(\\d+)\\b`).exec(line);
  if (one) return [Number(one[1]), Number(one[1])];
  return otherwise && [...otherwise];
}

function kernelIn(line: string): [number, number] | undefined {
  const times = /\b(\d+)x(\d+)\b/.exec(line);
  return times ? [Number(times[1]), Number(times[2])] : pairIn(line, 'k|kernel');
}

const POINTWISE: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu,
  tanh,
  gelu,
  leaky_relu: leakyRelu,
};

/** A model made of the layers that `attrs.graph` lists, over parameters named as in PyTorch. */
class GraphModel {
  private readonly layers: Layer[] = [];
  /** Running statistics by name, as PyTorch calls them (`bn2.running_mean`). */
  readonly state: Record<string, Tensor> = {};

  constructor(
    private readonly device: Device,
    private readonly params: Tensors,
    graph: readonly string[],
  ) {
    const stacks = Object.keys(params).flatMap((name) => (name.endsWith('.weight_ih_l0') ? [name.slice(0, -13)] : []));
    for (const line of graph) {
      const layer = this.layerOf(line.trim(), stacks);
      if (layer) this.layers.push(layer);
    }
  }

  /** Logits [T, N, C]. */
  forward(x: Tensor, training: boolean): Tensor {
    return this.layers.reduce((value, layer) => layer(value, training), x);
  }

  dispose(): void {
    for (const t of Object.values(this.state)) t.dispose();
  }

  private layerOf(line: string, stacks: string[]): Layer | undefined {
    const [head] = line.split(/\s+/);
    const { params: p } = this;
    if (/^(log_softmax|ctc)\b/.test(line)) return undefined;
    if (POINTWISE[line]) return POINTWISE[line];
    if (/^permute\b/.test(line)) return mapToSequence;
    const weight = p[`${head}.weight`];
    if (/^conv/i.test(line) && weight?.shape.length === 4) {
      const padding = pairIn(line, 'p|pad|padding', [0, 0]);
      const stride = pairIn(line, 's|stride', [1, 1]);
      return (x) => conv2d(x, weight, p[`${head}.bias`], { padding, stride });
    }
    if (/^maxpool/i.test(line)) {
      const kernel = kernelIn(line);
      if (kernel)
        return (x) =>
          maxpool2d(x, {
            kernel,
            stride: pairIn(line, 's|stride', kernel),
            padding: pairIn(line, 'p|pad|padding', [0, 0]),
          });
    }
    if (/^(bn|batch_?norm)/i.test(line) && weight) return this.batchNorm(head, weight);
    const rnn = /^(Bi)?(LSTM|GRU)\b.*?(\d+) layers?/i.exec(line);
    if (rnn) return this.stack(stacks.shift() ?? 'rnn', rnn[2].toLowerCase(), Number(rnn[3]));
    if (/^(fc|linear)/i.test(line) && weight) return (x) => linear(x, weight, p[`${head}.bias`]);
    throw new UnsupportedError(`crnn: layer "${line}" is not supported`);
  }

  private batchNorm(name: string, weight: Tensor): Layer {
    const { device, params, state } = this;
    const n = weight.size;
    const runningMean = Tensor.zeros(device, [n]);
    const runningVar = Tensor.from(device, new Float32Array(n).fill(1));
    state[`${name}.running_mean`] = runningMean;
    state[`${name}.running_var`] = runningVar;
    return (x, training) => batchnorm2d(x, weight, params[`${name}.bias`], { runningMean, runningVar, training });
  }

  private stack(prefix: string, kind: string, layers: number): Layer {
    const own = Object.entries(this.params).flatMap(([name, t]) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), t] as const] : [],
    );
    const weights = Object.fromEntries(own);
    const { device } = this;
    return (x) => recurrent[kind]({ ...weights, x }, { num_layers: layers }, { device, host: {} }).y;
  }
}

/** Everything of a case on the device: data, parameters at their start, the model over them. */
function setUp(device: Device, c: OptimCase, names: readonly string[]) {
  const floats = (name: string, requiresGrad = false) =>
    Tensor.from(device, Float32Array.from(c.tensors[name].data), c.tensors[name].shape, { requiresGrad, name });
  const ints = (name: string) => Tensor.from(device, Int32Array.from(c.tensors[name].data), c.tensors[name].shape);
  const params = Object.fromEntries(names.map((name) => [name, floats(name, true)]));
  const x = floats('x');
  const targets = ints('targets');
  const lengths = ints('target_lengths');
  const batch = x.shape[0];
  const frames = Tensor.from(device, new Int32Array(batch).fill(Number(c.attrs.T)));
  const model = new GraphModel(device, params, c.attrs.graph as readonly string[]);
  const loss = (logits: Tensor) => ctc(logits, targets, frames, lengths, { blank: Number(c.attrs.blank ?? 0) });
  const dispose = () => {
    model.dispose();
    for (const t of [...Object.values(params), x, targets, lengths, frames]) t.dispose();
  };
  return { params, x, model, loss, dispose };
}

const values = async (t: Tensor) => (await t.read()) as Float32Array;

/** Logits, loss and every gradient of the first step, and the running statistics after it. */
async function firstStep(device: Device, c: OptimCase, names: readonly string[]): Promise<Outputs> {
  const { params, x, model, loss, dispose } = setUp(device, c, names);
  x.requiresGrad = true;
  const leaves: Tensors = { ...params, x };
  const made = await device.step(() => {
    const logits = model.forward(x, true);
    const value = loss(logits);
    backward(value);
    const grads: Record<string, Tensor> = {};
    for (const [name, t] of Object.entries(leaves)) if (t.grad) grads[`grad_${name}`] = t.grad;
    return { logits, loss: value, ...grads };
  });
  const out: Outputs = {};
  for (const [name, t] of Object.entries(made)) {
    out[name] = await values(t);
    t.dispose();
  }
  for (const [name, t] of Object.entries(model.state)) out[`${name}_after_1`] = await values(t);
  dispose();
  return out;
}

/** Trains with one optimiser: the loss before each step, then logits in evaluation mode and the running statistics. */
async function train(
  device: Device,
  c: OptimCase,
  names: readonly string[],
  label: string,
  hyper: Readonly<Record<string, unknown>>,
): Promise<Outputs> {
  const { params, x, model, loss, dispose } = setUp(device, c, names);
  const optimizer = makeOptimizer(device, Object.values(params), String(hyper.optimizer), hyper);
  const losses = new Float32Array(Number(c.attrs.steps));
  for (let i = 0; i < losses.length; i++) {
    optimizer.prepareStep();
    const value = await device.step(() => {
      const y = loss(model.forward(x, true));
      backward(y);
      optimizer.step();
      return y;
    });
    losses[i] = await value.item();
    value.dispose();
  }
  const logits = await device.step(() => noGrad(() => model.forward(x, false)));
  const out: Outputs = { [`${label}.loss_before_step`]: losses, [`${label}.eval_logits_final`]: await values(logits) };
  logits.dispose();
  for (const [name, t] of Object.entries(model.state)) out[`${label}.${name}_final`] = await values(t);
  optimizer.dispose();
  dispose();
  return out;
}

/** A case of the crnn suite: the first step in full, then `attrs.steps` training steps with each optimiser of `attrs.hyper`. */
export async function runCrnnCase(device: Device, c: OptimCase): Promise<Outputs> {
  const others = ['x', 'targets', 'target_lengths', 'input_lengths'];
  const names = Object.keys(c.tensors).filter((name) => !others.includes(name));
  const out = await firstStep(device, c, names);
  const hypers = (c.attrs.hyper ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  for (const [label, hyper] of Object.entries(hypers)) Object.assign(out, await train(device, c, names, label, hyper));
  return out;
}
