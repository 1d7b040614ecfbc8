// conv2d_subgroup: 2-D convolution as an implicit matrix product (no im2col buffer), fused bias and ReLU.
// maths: y[n, o, p] = act(sum over c, i, j of w[o, c, i, j] * x[n, c, p * stride - pad + tap * dilation] + bias[o])
// shapes: x [N, C, H, W], w [O, C, kH, kW], bias [O], y [N, O, oH, oW]
// invocation: ROWS output channels of COLS pixels in registers; lanes own neighbouring pixels; weights reach them by shuffle
// numerics: one f32 accumulator an element, taps ascending: error about sqrt(K) * 2^-24 of sum |w||x|, K = C kH kW
// source: Chetlur et al. 2014 (cuDNN), implicit GEMM
enable subgroups;
// uses: lib/conv2d_params
// uses: lib/fastdiv
override WG: u32 = 8;
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 16u;
const COLS = 2u;
const CHUNK = 8u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
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
  for (var k0 = 0u; k0 < depth; k0 += CHUNK) {
    // Each lane decodes one tap of the chunk: where it reads relative to the pixel's corner, and how far it lies inside.
    let k = min(k0 + lane % CHUNK, depth - 1u);
    let used = k0 + lane % CHUNK < depth;
    let ci = fast_div(k, params.invTaps);
    let tap = k - ci * taps;
    let i = fast_div(tap, params.invKW) ;
    let di = i * params.dilH;
    let dj = (tap - i * params.kW) * params.dilW;
    let reach = i32(ci * inP + di * params.inW + dj);
    let both = i32((di << 16u) | dj);
    var u: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      u[r] = select(0.0, w[rows[r] + k], used);
    }
    for (var j = 0u; j < CHUNK; j++) {
      let off = subgroupShuffle(reach, j);
      let at = subgroupShuffle(both, j);
      var v: array<f32, COLS>;
      for (var c = 0u; c < COLS; c++) {
        let inside = (u32(top[c] + (at >> 16u)) < params.inH) & (u32(left[c] + (at & 0xffff)) < params.inW);
        v[c] = select(0.0, x[select(0, base[c] + off, inside)], inside);
      }
      for (var r = 0u; r < ROWS; r++) {
        let s = subgroupShuffle(u[r], j);
        for (var c = 0u; c < COLS; c++) {
          acc[r][c] = fma(s, v[c], acc[r][c]);
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
