// pick: one element of each row, by its index.
// maths: y[r] = scale * x[r, index[r]]; 0 where the index lies outside of the row
// shapes: x [rows, count], index, y [rows]
// invocation: one row
// numerics: exact for scale 1 and -1
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params { rows: u32, count: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let r = linear_group(wid, nwg) * WG + li;
  if (r < params.rows) {
    let k = index[r];
    let known = k >= 0 && u32(k) < params.count;
    y[r] = select(0.0, params.scale * x[r * params.count + u32(max(k, 0)) * u32(known)], known);
  }
}
