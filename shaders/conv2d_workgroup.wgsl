// conv2d_workgroup: the contract of conv2d; both operands pass through tiles in workgroup memory.
// maths: y[n, o, p] = act(sum over c, i, j of w[o, c, i, j] * x[n, c, p * stride - pad + tap * dilation] + bias[o])
// shapes: x [N, C, H, W], w [O, C, kH, kW], bias [O], y [N, O, oH, oW]
// invocation: a workgroup owns SIDE ROWS output channels of SIDE COLS pixels, an invocation ROWS x COLS of them
// numerics: as conv2d: one f32 accumulator an element, taps ascending
// source: Chetlur et al. 2014 (cuDNN), implicit GEMM
// uses: lib/conv2d_params
// uses: lib/fastdiv
// uses: lib/product_tiles
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 4u;
const COLS = 4u;
const SIDE = 8u;
const DEPTH = 8u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// One output pixel: where its window begins in x and in its plane, and where it lies in y.
struct Column { base: i32, top: i32, left: i32, place: u32 }

fn column_of(p: u32) -> Column {
  let outP = params.outH * params.outW;
  let image = p / outP;
  let q = p - image * outP;
  let oh = q / params.outW;
  let top = i32(oh * params.strideH) - i32(params.padT);
  let left = i32((q - oh * params.outW) * params.strideW) - i32(params.padL);
  let base = i32(image * params.inC * params.inH * params.inW) + top * i32(params.inW) + left;
  return Column(base, top, left, image * params.outC * outP + q);
}

fn a_at(row: u32, k: u32) -> f32 {
  return w[row * params.inC * params.kH * params.kW + k];
}

fn b_at(column: Column, k: u32) -> f32 {
  let ci = fast_div(k, params.invTaps);
  let tap = k - ci * params.kH * params.kW;
  let i = fast_div(tap, params.invKW);
  let di = i * params.dilH;
  let dj = (tap - i * params.kW) * params.dilW;
  if (u32(column.top + i32(di)) >= params.inH || u32(column.left + i32(dj)) >= params.inW) {
    return 0.0;
  }
  return x[column.base + i32(ci * params.inH * params.inW + di * params.inW + dj)];
}

fn put(row: u32, column: Column, sum: f32) {
  var value = sum;
  if (BIAS == 1u) {
    value += bias[row];
  }
  if (RELU == 1u) {
    value = select(value, 0.0, value < 0.0);
  }
  y[column.place + row * params.outH * params.outW] = value;
}

@compute @workgroup_size(SIDE * SIDE)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  // Blocks of pixels past 65,535 go on in z.
  product_tiles(wid.y, wid.x + wid.z * nwg.x, params.outC, params.batch * params.outH * params.outW, 0u, params.inC * params.kH * params.kW, li);
}
