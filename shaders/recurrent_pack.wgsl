// recurrent_pack: lays the recurrent weights of both directions side by side, four together that the walk through time loads at once.
// maths: y[d, r, j, i] = w_d[r * rowStride + j * unitStride + i * innerStride], 0 past the end of w_d; one more row holds the bias (zero where there is none)
// shapes: w0, w1 [G*H, H] (one for each direction), b0, b1 [G*H]; y [D][rows (+ 1), H, 4], directions yStride apart
// invocation: one element
// numerics: a copy
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params {
  rows: u32, hidden: u32, size: u32, rowStride: u32, unitStride: u32, innerStride: u32,
  biasRow: u32, gates: u32, hasBias0: u32, hasBias1: u32, dirs: u32, yStride: u32,
}
@group(0) @binding(0) var<storage, read> w0: array<f32>;
@group(0) @binding(1) var<storage, read> w1: array<f32>;
@group(0) @binding(2) var<storage, read> b0: array<f32>;
@group(0) @binding(3) var<storage, read> b1: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let e = linear_group(wid, nwg) * WG + li;
  if (e >= (params.rows + params.biasRow) * params.hidden * 4u) {
    return;
  }
  let inner = e % 4u;
  let row = e / 4u / params.hidden;
  let unit = e / 4u - row * params.hidden;
  var v0 = 0.0;
  var v1 = 0.0;
  if (row < params.rows) {
    let i = row * params.rowStride + unit * params.unitStride + inner * params.innerStride;
    if (i < params.size) {
      v0 = w0[i];
      v1 = w1[i];
    }
  } else if (inner < params.gates) {
    let i = inner * params.hidden + unit;
    if (params.hasBias0 == 1u) {
      v0 = b0[i];
    }
    if (params.hasBias1 == 1u) {
      v1 = b1[i];
    }
  }
  y[e] = v0;
  if (params.dirs == 2u) {
    y[params.yStride + e] = v1;
  }
}
