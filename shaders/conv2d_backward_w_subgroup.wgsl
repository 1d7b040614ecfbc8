// conv2d_backward_w_subgroup: the gradient of a convolution's weights, a reduction over images and pixels split in parts.
// maths: dw[s, o, c, i, j] = sum over the images n of part s and pixels p of dy[n, o, p] * x[n, c, p * stride - pad + tap * dil]
// shapes: x [N, C, H, W], dy [N, O, oH, oW], dw [splits, O, C, kH, kW]; the sum kernel adds the parts
// invocation: ROWS output channels of COLS taps (c, i, j) in registers; dy reaches the lanes by shuffle
// numerics: f32 accumulators over images / splits * pixels terms, fixed order: a seed reproduces a loss bit for bit
// source: Chetlur et al. 2014 (cuDNN), weight gradient as a matrix product
enable subgroups;
// uses: lib/conv2d_params
// uses: lib/fastdiv
override WG: u32 = 8;
const ROWS = 16u;
const COLS = 2u;
const CHUNK = 8u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let outP = params.outH * params.outW;
  let inP = params.inH * params.inW;
  let taps = params.kH * params.kW;
  let depth = params.inC * taps;
  let row0 = wid.y * ROWS;
  let first = wid.z * params.batch / params.splits;
  let last = (wid.z + 1u) * params.batch / params.splits;
  var base: array<i32, COLS>;
  var di: array<i32, COLS>;
  var dj: array<i32, COLS>;
  for (var c = 0u; c < COLS; c++) {
    let k = min((wid.x * COLS + c) * WG + li, depth - 1u);
    let ci = k / taps;
    let tap = k - ci * taps;
    let i = tap / params.kW;
    di[c] = i32(i * params.dilH) - i32(params.padT);
    dj[c] = i32((tap - i * params.kW) * params.dilW) - i32(params.padL);
    base[c] = i32(ci * inP) + di[c] * i32(params.inW) + dj[c];
  }
  var rows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    rows[r] = min(row0 + r, params.outC - 1u) * outP;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  for (var image = first; image < last; image++) {
    let fromY = image * params.outC * outP;
    let fromX = i32(image * params.inC * inP);
    for (var q0 = 0u; q0 < outP; q0 += CHUNK) {
      let q = min(q0 + lane % CHUNK, outP - 1u);
      let used = q0 + lane % CHUNK < outP;
      let oh = fast_div(q, params.invOutW);
      let ow = q - oh * params.outW;
      let both = i32(((oh * params.strideH) << 16u) | (ow * params.strideW));
      let corner = i32(oh * params.strideH * params.inW + ow * params.strideW);
      var u: array<f32, ROWS>;
      for (var r = 0u; r < ROWS; r++) {
        u[r] = select(0.0, dy[fromY + rows[r] + q], used);
      }
      for (var j = 0u; j < CHUNK; j++) {
        let at = subgroupShuffle(both, j);
        let off = fromX + subgroupShuffle(corner, j);
        var v: array<f32, COLS>;
        for (var c = 0u; c < COLS; c++) {
          let inside = (u32((at >> 16u) + di[c]) < params.inH) & (u32((at & 0xffff) + dj[c]) < params.inW);
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
  }
  for (var c = 0u; c < COLS; c++) {
    let k = (wid.x * COLS + c) * WG + li;
    if (k < depth) {
      for (var r = 0u; r < ROWS; r++) {
        if (row0 + r < params.outC) {
          dw[(wid.z * params.outC + row0 + r) * depth + k] = acc[r][c];
        }
      }
    }
  }
}
