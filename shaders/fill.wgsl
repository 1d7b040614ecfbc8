// fill: sets every element to one value.
// maths: y = value
// shapes: y [n]
// invocation: one element
// numerics: exact
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params { n: u32, value: f32 }
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i < params.n) {
    y[i] = params.value;
  }
}
