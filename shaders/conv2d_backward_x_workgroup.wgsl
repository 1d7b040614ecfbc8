// conv2d_backward_x_workgroup: the contract of conv2d_backward_x; both operands pass through tiles in workgroup memory.
// maths: dx[n, c, h, v] = sum over o, i, j of w[o, c, i, j] * dy[n, o, (h + pad - i * dil) / stride, ..] where that divides
// shapes: dy [N, O, oH, oW], w [O, C, kH, kW], dx [N, C, H, W]
// invocation: a workgroup owns SIDE ROWS input channels of SIDE COLS pixels, an invocation ROWS x COLS of them
// numerics: one f32 accumulator an element, no atomics
// source: Dumoulin and Visin 2016, A guide to convolution arithmetic
// uses: lib/conv2d_params
// uses: lib/fastdiv
// uses: lib/product_tiles
const ROWS = 4u;
const COLS = 4u;
const SIDE = 8u;
const DEPTH = 8u;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// One input pixel: its image in dy, its row and column moved by the padding, and where it lies in dx.
struct Column { base: u32, high: i32, wide: i32, place: u32 }

fn column_of(p: u32) -> Column {
  let inP = params.inH * params.inW;
  let image = p / inP;
  let q = p - image * inP;
  let h = q / params.inW;
  let base = image * params.outC * params.outH * params.outW;
  return Column(base, i32(h + params.padT), i32(q - h * params.inW + params.padL), image * params.inC * inP + q);
}

fn a_at(row: u32, k: u32) -> f32 {
  let taps = params.kH * params.kW;
  let co = fast_div(k, params.invTaps);
  return w[(co * params.inC + row) * taps + k - co * taps];
}

fn b_at(column: Column, k: u32) -> f32 {
  let taps = params.kH * params.kW;
  let co = fast_div(k, params.invTaps);
  let tap = k - co * taps;
  let i = fast_div(tap, params.invKW);
  let h = column.high - i32(i * params.dilH);
  let v = column.wide - i32((tap - i * params.kW) * params.dilW);
  if (h < 0 || v < 0) {
    return 0.0;
  }
  let oh = fast_div(u32(h), params.invStrideH);
  let ow = fast_div(u32(v), params.invStrideW);
  if (oh * params.strideH != u32(h) || ow * params.strideW != u32(v) || oh >= params.outH || ow >= params.outW) {
    return 0.0;
  }
  return dy[column.base + (co * params.outH + oh) * params.outW + ow];
}

fn put(row: u32, column: Column, sum: f32) {
  dx[column.place + row * params.inH * params.inW] = sum;
}

@compute @workgroup_size(SIDE * SIDE)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  // Blocks of pixels past 65,535 go on in z.
  product_tiles(wid.y, wid.x + wid.z * nwg.x, params.inC, params.batch * params.inH * params.inW, 0u, params.outC * params.kH * params.kW, li);
}
