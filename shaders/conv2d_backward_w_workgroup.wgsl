// conv2d_backward_w_workgroup: the contract of conv2d_backward_w; both operands pass through tiles in workgroup memory.
// maths: dw[s, o, c, i, j] = sum over the images n of part s and pixels p of dy[n, o, p] * x[n, c, p * stride - pad + tap * dil]
// shapes: x [N, C, H, W], dy [N, O, oH, oW], dw [splits, O, C, kH, kW]; the sum kernel adds the parts
// invocation: a workgroup owns SIDE ROWS output channels of SIDE COLS taps (c, i, j), an invocation ROWS x COLS of them
// numerics: f32 accumulators over images / splits * pixels terms, fixed order: a seed reproduces a loss bit for bit
// source: Chetlur et al. 2014 (cuDNN), weight gradient as a matrix product
// uses: lib/conv2d_params
// uses: lib/quotient
// uses: lib/product_tiles
const ROWS = 4u;
const COLS = 4u;
const SIDE = 8u;
const DEPTH = 8u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<private> part: u32;

// One tap: its channel's plane in x, how it moves a pixel, and its place in a row of dw.
struct Column { plane: u32, di: i32, dj: i32, place: u32 }

fn column_of(k: u32) -> Column {
  let taps = params.kH * params.kW;
  let ci = k / taps;
  let tap = k - ci * taps;
  let i = tap / params.kW;
  let di = i32(i * params.dilH) - i32(params.padT);
  let dj = i32((tap - i * params.kW) * params.dilW) - i32(params.padL);
  return Column(ci * params.inH * params.inW, di, dj, k);
}

fn a_at(row: u32, k: u32) -> f32 {
  let outP = params.outH * params.outW;
  let image = quotient(k, outP);
  return dy[(image * params.outC + row) * outP + k - image * outP];
}

fn b_at(column: Column, k: u32) -> f32 {
  let outP = params.outH * params.outW;
  let image = quotient(k, outP);
  let q = k - image * outP;
  let oh = quotient(q, params.outW);
  let h = i32(oh * params.strideH) + column.di;
  let v = i32((q - oh * params.outW) * params.strideW) + column.dj;
  if (u32(h) >= params.inH || u32(v) >= params.inW) {
    return 0.0;
  }
  return x[image * params.inC * params.inH * params.inW + column.plane + u32(h) * params.inW + u32(v)];
}

fn put(row: u32, column: Column, sum: f32) {
  dw[(part * params.outC + row) * params.inC * params.kH * params.kW + column.place] = sum;
}

@compute @workgroup_size(SIDE * SIDE)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let outP = params.outH * params.outW;
  part = wid.z;
  let first = wid.z * params.batch / params.splits;
  let last = (wid.z + 1u) * params.batch / params.splits;
  product_tiles(wid.y, wid.x, params.outC, params.inC * params.kH * params.kW, first * outP, last * outP, li);
}
