// ema: moves an average a step towards the values that it follows: an exponential moving average.
// maths: y += rate (x - y)
// shapes: x, y [n]
// invocation: one element
// numerics: a difference, a product and a sum, each rounded once; where x stays, y comes to it
// source: https://doi.org/10.1137/0330046
// uses: lib/grid
override WG: u32 = 64;
struct Params { n: u32, rate: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i < params.n) {
    y[i] = y[i] + params.rate * (x[i] - y[i]);
  }
}
