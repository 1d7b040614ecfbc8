// accumulate: adds one array to another in place, where gradients of one tensor meet.
// maths: y += x
// shapes: x, y [n]
// invocation: one element
// numerics: one rounding per addition; the order of additions is the order of launches
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i < params.n) {
    y[i] = y[i] + x[i];
  }
}
