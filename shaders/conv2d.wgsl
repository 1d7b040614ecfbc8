// conv2d: 2-D convolution as an implicit matrix product (no im2col buffer), fused bias and ReLU.
// maths: y[n, o, p] = act(sum over c, i, j of w[o, c, i, j] * x[n, c, p * stride - pad + tap * dilation] + bias[o])
// shapes: x [N, C, H, W], w [O, C, kH, kW], bias [O], y [N, O, oH, oW]
// invocation: ROWS output channels of COLS pixels in registers; lanes own neighbouring pixels
// numerics: one f32 accumulator an element, taps ascending: error about sqrt(K) * 2^-24 of sum |w||x|, K = C kH kW
// source: Chetlur et al. 2014 (cuDNN), implicit GEMM
// uses: lib/conv2d_params
// uses: lib/fastdiv
override WG: u32 = 32;
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 8u;
const COLS = 2u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let outP = params.outH * params.outW;
  let inP = params.inH * params.inW;
  let taps = params.kH * params.kW;
  let depth = params.inC * taps;
  let pixels = params.batch * outP;
  let row0 = wid.y * ROWS;
  // Blocks of pixels past 65,535 go on in z.
  let block = wid.x + wid.z * nwg.x;
  var base: array<i32, COLS>;
  var top: array<i32, COLS>;
  var left: array<i32, COLS>;
  var place: array<u32, COLS>;
  for (var c = 0u; c < COLS; c++) {
    let p = min((block * COLS + c) * WG + li, pixels - 1u);
    let image = p / outP;
    let q = p - image * outP;
    let oh = q / params.outW;
    let ow = q - oh * params.outW;
    top[c] = i32(oh * params.strideH) - i32(params.padT);
    left[c] = i32(ow * params.strideW) - i32(params.padL);
    base[c] = i32(image * params.inC * inP) + top[c] * i32(params.inW) + left[c];
    place[c] = image * params.outC * outP + q;
  }
  var rows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    rows[r] = min(row0 + r, params.outC - 1u) * depth;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  for (var ci = 0u; ci < params.inC; ci++) {
    for (var i = 0u; i < params.kH; i++) {
      for (var j = 0u; j < params.kW; j++) {
        let k = (ci * params.kH + i) * params.kW + j;
        var v: array<f32, COLS>;
        for (var c = 0u; c < COLS; c++) {
          let inside = (u32(top[c] + i32(i * params.dilH)) < params.inH) & (u32(left[c] + i32(j * params.dilW)) < params.inW);
          let at = base[c] + i32(ci * inP + i * params.dilH * params.inW + j * params.dilW);
          v[c] = select(0.0, x[select(0, at, inside)], inside);
        }
        for (var r = 0u; r < ROWS; r++) {
          let s = w[rows[r] + k];
          for (var c = 0u; c < COLS; c++) {
            acc[r][c] = fma(s, v[c], acc[r][c]);
          }
        }
      }
    }
  }
  for (var c = 0u; c < COLS; c++) {
    if ((block * COLS + c) * WG + li < pixels) {
      for (var r = 0u; r < ROWS; r++) {
        if (row0 + r < params.outC) {
          var value = acc[r][c];
          if (BIAS == 1u) {
            value += bias[row0 + r];
          }
          if (RELU == 1u) {
            value = select(value, 0.0, value < 0.0);
          }
          y[place[c] + (row0 + r) * outP] = value;
        }
      }
    }
  }
}
