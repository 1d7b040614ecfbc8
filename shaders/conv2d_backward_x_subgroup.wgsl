// conv2d_backward_x_subgroup: the gradient of a convolution's input, as a transposed convolution that gathers.
// maths: dx[n, c, h, v] = sum over o, i, j of w[o, c, i, j] * dy[n, o, (h + pad - i * dil) / stride, ..] where that divides
// shapes: dy [N, O, oH, oW], w [O, C, kH, kW], dx [N, C, H, W]
// invocation: ROWS input channels of COLS pixels in registers; weights reach the lanes by shuffle
// numerics: one f32 accumulator an element: error about sqrt(K) * 2^-24 of sum |w||dy|, K = O kH kW; no atomics
// source: Dumoulin and Visin 2016, A guide to convolution arithmetic
enable subgroups;
// uses: lib/conv2d_params
// uses: lib/fastdiv
override WG: u32 = 8;
override STRIDED: u32 = 1;
const ROWS = 16u;
const COLS = 2u;
const CHUNK = 8u;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Offset of dy inside its plane for an input row and column already moved by padding and tap; -1 outside.
fn source(h: i32, v: i32) -> i32 {
  let oh = fast_div(u32(max(h, 0)), params.invStrideH);
  let ow = fast_div(u32(max(v, 0)), params.invStrideW);
  // Bits, not branches: drivers turn `&&` into control flow, and this is unrolled many times over.
  let inside = (h >= 0) & (v >= 0) & (oh * params.strideH == u32(h)) & (ow * params.strideW == u32(v))
    & (oh < params.outH) & (ow < params.outW);
  return select(-1, i32(oh * params.outW + ow), inside);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let outP = params.outH * params.outW;
  let inP = params.inH * params.inW;
  let taps = params.kH * params.kW;
  let depth = params.outC * taps;
  let pixels = params.batch * inP;
  let row0 = wid.y * ROWS;
  // Blocks of pixels past 65,535 go on in z.
  let block = wid.x + wid.z * nwg.x;
  var base: array<i32, COLS>;
  var high: array<i32, COLS>;
  var wide: array<i32, COLS>;
  var place: array<u32, COLS>;
  for (var c = 0u; c < COLS; c++) {
    let p = min((block * COLS + c) * WG + li, pixels - 1u);
    let image = p / inP;
    let q = p - image * inP;
    let h = q / params.inW;
    high[c] = i32(h + params.padT);
    wide[c] = i32(q - h * params.inW + params.padL);
    base[c] = i32(image * params.outC * outP);
    if (STRIDED == 0u) {
      base[c] += high[c] * i32(params.outW) + wide[c];
    }
    place[c] = image * params.inC * inP + q;
  }
  var rows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    rows[r] = min(row0 + r, params.inC - 1u) * taps;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  for (var k0 = 0u; k0 < depth; k0 += CHUNK) {
    let k = min(k0 + lane % CHUNK, depth - 1u);
    let used = k0 + lane % CHUNK < depth;
    let co = fast_div(k, params.invTaps);
    let tap = k - co * taps;
    let i = fast_div(tap, params.invKW);
    let di = i * params.dilH;
    let dj = (tap - i * params.kW) * params.dilW;
    let both = i32((di << 16u) | dj);
    // With stride 1 a tap moves the source by a fixed distance: no division, no second product.
    let reach = i32(co * outP) - select(0, i32(di * params.outW + dj), STRIDED == 0u);
    let from_w = co * params.inC * taps + tap;
    var u: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      u[r] = select(0.0, w[rows[r] + from_w], used);
    }
    for (var j = 0u; j < CHUNK; j++) {
      let off = subgroupShuffle(reach, j);
      let at = subgroupShuffle(both, j);
      var v: array<f32, COLS>;
      for (var c = 0u; c < COLS; c++) {
        let h = high[c] - (at >> 16u);
        let x = wide[c] - (at & 0xffff);
        if (STRIDED == 0u) {
          let inside = (u32(h) < params.outH) & (u32(x) < params.outW);
          v[c] = select(0.0, dy[select(0, base[c] + off, inside)], inside);
        } else {
          let s = source(h, x);
          v[c] = select(0.0, dy[base[c] + off + max(s, 0)], s >= 0);
        }
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
        if (row0 + r < params.inC) {
          dx[place[c] + (row0 + r) * inP] = acc[r][c];
        }
      }
    }
  }
}
