// An operation of one's own, its gradient checked, and a small fit through it: node examples/own-op.mjs
import {
  apply,
  backward,
  ceilDiv,
  Device,
  DeviceArray,
  defineOp,
  gradcheck,
  kernel,
  linearGrid,
  mseLoss,
  mul,
  Tensor,
} from 'lexel/engine';
import { Adam } from 'lexel/train';

// snake(x) = x + sin(x)^2 (Ziyin et al. 2020), and its gradient, 1 + sin(2 x). Bindings in group 0 in order, Params in group 1.
const snakeShader = kernel(
  'snake',
  `
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.n) { y[id.x] = x[id.x] + sin(x[id.x]) * sin(x[id.x]); }
}
`,
);
const snakeBackwardShader = kernel(
  'snake_backward',
  `
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.n) { dx[id.x] = dy[id.x] * (1.0 + sin(2.0 * x[id.x])); }
}
`,
);

const over = (n) => ({ params: { n }, grid: linearGrid(ceilDiv(n, 64)) });
const snakeOp = defineOp({
  name: 'snake',
  forward(device, [x]) {
    const y = DeviceArray.empty(device, x.shape);
    device.launch({ kernel: snakeShader, arrays: { x, y }, ...over(x.size) });
    return { outputs: [y] };
  },
  backward({ device, inputs: [x], dy: [dy], grad }) {
    const dx = grad(0);
    device.launch({ kernel: snakeBackwardShader, arrays: { x, dy, dx }, ...over(x.size) });
    return [dx];
  },
});
const snake = (x) => apply(snakeOp, [x], {})[0];

const device = await Device.create();
const x = Tensor.from(device, [-2, -1, -0.5, 0.25, 0.5, 1, 1.5, 2], [8], { requiresGrad: true });
await gradcheck(device, ([x]) => snake(x), [x]);
console.log('the gradient is right');

// Which w makes snake(w x) what it is at w = 0.7?
const target = Tensor.from(
  device,
  (await x.read()).map((v) => 0.7 * v + Math.sin(0.7 * v) ** 2),
  [8],
);
const inputs = Tensor.from(device, await x.read(), [8]);
const w = Tensor.from(device, [0.2], [1], { requiresGrad: true });
const adam = new Adam(device, [w], { lr: 0.05 });
for (let i = 0; i < 200; i++) {
  adam.prepareStep();
  const loss = await device.step(() => {
    const loss = mseLoss(snake(mul(inputs, w)), target);
    backward(loss);
    adam.step();
    return loss;
  });
  loss.dispose();
}
console.log(`w = ${(await w.read())[0].toFixed(2)}`);
device.dispose();
