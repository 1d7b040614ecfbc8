// sgd: one step of stochastic gradient descent over all parameters at once, with momentum, dampening and Nesterov's variant.
// maths: g' = g clip + l2 p; b = momentum b + fresh g'; p = p - ahead b - direct g'
// shapes: g, p, b [n] (b [1] without momentum); clip [2]; hyper [5] = momentum, fresh, ahead, direct, l2; decays [n / 64]
// invocation: EACH elements, WG apart
// numerics: a negative clip coefficient (a gradient that is not finite) skips the step; padding stays zero
// source: https://pytorch.org/docs/1.13/generated/torch.optim.SGD.html, https://keras.io/api/optimizers/sgd
// uses: lib/grid
override WG: u32 = 64;
const EACH = 8u;
// Whether there is a momentum buffer.
const MOMENTUM = 1u;
// Whether decays is read; 0: every block decays.
const MASKED = 0u;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;
@group(0) @binding(5) var<storage, read> decays: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let start = linear_group(wid, nwg) * (WG * EACH) + li;
  let coefficient = clip[0];
  if (start >= params.n || coefficient < 0.0) {
    return;
  }
  let momentum = hyper[0];
  let fresh = hyper[1];
  let ahead = hyper[2];
  let direct = hyper[3];
  let l2 = hyper[4];
  for (var k = 0u; k < EACH; k++) {
    let i = start + k * WG;
    if (i < params.n) {
      var on = 1.0;
      if (MASKED == 1u) {
        on = decays[i >> 6u];
      }
      let old = p[i];
      let gradient = g[i] * coefficient + (l2 * on) * old;
      var change = direct * gradient;
      if (MOMENTUM == 1u) {
        let velocity = momentum * b[i] + fresh * gradient;
        b[i] = velocity;
        change += ahead * velocity;
      }
      p[i] = old - change;
    }
  }
}
