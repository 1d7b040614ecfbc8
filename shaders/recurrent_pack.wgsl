// recurrent_pack: lays the recurrent weights of both directions side by side, transposed for forward.
// maths: y[d, r, c] = w_d[r * rowStride + c * colStride]; one more row holds the bias (zero where there is none)
// shapes: w0, w1 [G*H, H] (one for each direction), b0, b1 [G*H]; y [D][rows (+ 1), cols], directions yStride apart
// invocation: one element
// numerics: a copy
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params {
  rows: u32, cols: u32, rowStride: u32, colStride: u32,
  biasRow: u32, hasBias0: u32, hasBias1: u32, dirs: u32, yStride: u32,
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
  if (e >= (params.rows + params.biasRow) * params.cols) {
    return;
  }
  let row = e / params.cols;
  let col = e - row * params.cols;
  if (row < params.rows) {
    let i = row * params.rowStride + col * params.colStride;
    y[e] = w0[i];
    if (params.dirs == 2u) {
      y[params.yStride + e] = w1[i];
    }
  } else {
    var v0 = 0.0;
    var v1 = 0.0;
    if (params.hasBias0 == 1u) {
      v0 = b0[col];
    }
    if (params.hasBias1 == 1u) {
      v1 = b1[col];
    }
    y[e] = v0;
    if (params.dirs == 2u) {
      y[params.yStride + e] = v1;
    }
  }
}
