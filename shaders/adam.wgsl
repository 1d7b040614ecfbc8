// adam: one step of Adam, AdamW or RAdam over all parameters at once, which lie in one flat array.
// maths: g' = g clip + l2 p; m = b1 m + (1 - b1) g'; v = b2 v + (1 - b2) g'^2; p = p - decay p - size m / (root sqrt(v) + eps)
// shapes: g, p, m, v [n]; clip [2] (coefficient, norm); hyper [10]; decays [n / 64], one a 256-byte block
// invocation: EACH elements, WG apart
// numerics: size, root and the rectification come in float64 from the host; a negative clip coefficient (a gradient that is not
//   finite) skips the step; padding stays zero
// source: https://arxiv.org/abs/1412.6980, https://arxiv.org/abs/1711.05101, https://arxiv.org/abs/1908.03265
// uses: lib/grid
override WG: u32 = 64;
const EACH = 8u;
// Whether decays is read; 0: every block decays.
const MASKED = 0u;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> p: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<storage, read> clip: array<f32>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;
@group(0) @binding(6) var<storage, read> decays: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let start = linear_group(wid, nwg) * (WG * EACH) + li;
  let coefficient = clip[0];
  if (start >= params.n || coefficient < 0.0) {
    return;
  }
  let size = hyper[0];
  let root = hyper[1];
  let epsilon = hyper[2];
  let rectified = hyper[3] != 0.0;
  let b1 = hyper[4];
  let c1 = hyper[5];
  let b2 = hyper[6];
  let c2 = hyper[7];
  let l2 = hyper[8];
  let decoupled = hyper[9];
  for (var k = 0u; k < EACH; k++) {
    let i = start + k * WG;
    if (i < params.n) {
      var on = 1.0;
      if (MASKED == 1u) {
        on = decays[i >> 6u];
      }
      let old = p[i];
      let gradient = g[i] * coefficient + (l2 * on) * old;
      let first = b1 * m[i] + c1 * gradient;
      let second = b2 * v[i] + c2 * (gradient * gradient);
      let below = select(1.0, root * sqrt(second) + epsilon, rectified);
      m[i] = first;
      v[i] = second;
      p[i] = old - (decoupled * on) * old - select(size * (first / below), 0.0, below == 0.0);
    }
  }
}
