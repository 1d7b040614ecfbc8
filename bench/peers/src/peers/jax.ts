import {
  blockUntilReady,
  defaultDevice,
  init,
  type Array as JaxArray,
  jit,
  lax,
  numpy as np,
  valueAndGrad,
} from '@jax-js/jax';
import { noise } from '../noise.ts';
import { type Opened, type Peer, type Prepared, type Steps, timeRuns, Unsupported } from '../peer.ts';
import type { Conv, Workload } from '../workloads.ts';

/** jax-js on its WebGPU backend, under Node's Dawn; functions are jitted. */
export class JaxPeer implements Peer {
  readonly name = 'jax-js';

  constructor(
    private readonly version: string,
    private readonly adapter: string,
  ) {}

  async available(): Promise<Opened> {
    if (!(await init('webgpu')).includes('webgpu')) throw new Error('its webgpu backend does not start');
    defaultDevice('webgpu');
    return { version: this.version, device: this.adapter };
  }

  async run(w: Workload): Promise<Prepared> {
    const { body, inputs } = program(w);
    const steps: Steps<JaxArray[]> = {
      queue: body,
      read: (results) => Promise.all(results.map((r) => r.ref.data())),
      // It submits nothing before a result is asked for, and a disposed result never.
      force: blockUntilReady,
      drop: (results) => {
        for (const r of results) r.dispose();
      },
    };
    return {
      sample: (runs) => timeRuns(steps, runs),
      dispose: () => {
        for (const a of inputs) a.dispose();
      },
    };
  }
}

interface Program {
  body(): JaxArray[];
  readonly inputs: readonly JaxArray[];
}

function random(shape: number[], scale = 1): JaxArray {
  return np
    .array(
      noise(
        shape.reduce((a, b) => a * b, 1),
        scale,
      ),
    )
    .reshape(shape);
}

function program(w: Workload): Program {
  switch (w.kind) {
    case 'matmul': {
      const a = random([w.size, w.size]);
      const b = random([w.size, w.size], 1 / Math.sqrt(w.size));
      const f = jit((p: JaxArray, q: JaxArray) => np.matmul(p, q));
      return { body: () => [f(a.ref, b.ref)], inputs: [a, b] };
    }
    case 'conv2d':
      return convolution(w);
    default:
      throw new Unsupported('no recurrent layer');
  }
}

function convolution(w: Conv): Program {
  const x = random([w.batch, w.inC, w.height, w.width]);
  const weight = random([w.outC, w.inC, 3, 3], 1 / Math.sqrt(9 * w.inC));
  const forward = (p: JaxArray, q: JaxArray) => lax.conv(p, q, [1, 1], 'SAME');
  if (w.pass === 'forward') {
    const f = jit(forward);
    return { body: () => [f(x.ref, weight.ref)], inputs: [x, weight] };
  }
  const dy = random([w.batch, w.outC, w.height, w.width], 0.1);
  // The value keeps the forward convolution from being optimised away.
  const loss = (p: JaxArray, q: JaxArray, d: JaxArray) => forward(p, q).mul(d).sum();
  const f = jit((p: JaxArray, q: JaxArray, d: JaxArray) => {
    const [value, [dp, dq]] = valueAndGrad(loss, { argnums: [0, 1] })(p, q, d);
    return [value, dp, dq];
  });
  return { body: () => f(x.ref, weight.ref, dy.ref), inputs: [x, weight, dy] };
}
