// embedding: rows of a table, by their indices.
// maths: y[i, d] = w[ids[i], d]; 0 where the index lies outside of the table
// shapes: ids [n], w [rows, width], y [n, width]
// invocation: PER elements of y, WG apart
// numerics: exact
// source: https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html
// uses: lib/grid
// uses: lib/quotient
override WG: u32 = 64;
const PER = 4u;
struct Params { n: u32, rows: u32, width: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  for (var j = 0u; j < PER; j++) {
    let e = first + j * WG;
    if (e < params.n) {
      let i = quotient(e, params.width);
      let id = ids[i];
      let known = id >= 0 && u32(id) < params.rows;
      y[e] = select(0.0, w[select(0u, u32(id), known) * params.width + (e - i * params.width)], known);
    }
  }
}
