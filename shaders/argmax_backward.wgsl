// argmax_backward: the gradient of a maximum along one dimension; also that of picking one element a row (nll).
// maths: dx[o, k, i] = k == index[o, i] ? scale * dy[o, i] : 0
// shapes: dx [outer, count, inner]; index, dy [outer, inner]
// invocation: PER elements of dx, WG apart
// numerics: exact for scale 1
// source: none needed
// uses: lib/grid
// uses: lib/quotient
override WG: u32 = 64;
const PER = 4u;
struct Params { n: u32, count: u32, inner: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> index: array<i32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  for (var j = 0u; j < PER; j++) {
    let e = first + j * WG;
    if (e < params.n) {
      let row = quotient(e, params.inner);
      let outer = quotient(row, params.count);
      let o = outer * params.inner + (e - row * params.inner);
      let hit = index[o] == i32(row - outer * params.count);
      dx[e] = select(0.0, params.scale * dy[o], hit);
    }
  }
}
