// conv2d_backward_x: the gradient of a convolution's input, as a transposed convolution that gathers.
// maths: dx[n, c, h, v] = sum over o, i, j of w[o, c, i, j] * dy[n, o, (h + pad - i * dil) / stride, ..] where that divides
// shapes: dy [N, O, oH, oW], w [O, C, kH, kW], dx [N, C, H, W]
// invocation: ROWS input channels of COLS pixels in registers
// numerics: one f32 accumulator an element: error about sqrt(K) * 2^-24 of sum |w||dy|, K = O kH kW; no atomics
// source: Dumoulin and Visin 2016, A guide to convolution arithmetic
// uses: lib/conv2d_params
// uses: lib/fastdiv
override WG: u32 = 32;
const ROWS = 8u;
const COLS = 2u;
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
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
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
    place[c] = image * params.inC * inP + q;
  }
  var rows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    rows[r] = min(row0 + r, params.inC - 1u) * taps;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  for (var co = 0u; co < params.outC; co++) {
    for (var i = 0u; i < params.kH; i++) {
      for (var j = 0u; j < params.kW; j++) {
        let from_w = co * params.inC * taps + i * params.kW + j;
        var v: array<f32, COLS>;
        for (var c = 0u; c < COLS; c++) {
          let s = source(high[c] - i32(i * params.dilH), wide[c] - i32(j * params.dilW));
          v[c] = select(0.0, dy[base[c] + i32(co * outP) + max(s, 0)], s >= 0);
        }
        for (var r = 0u; r < ROWS; r++) {
          let s = w[rows[r] + from_w];
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
        if (row0 + r < params.inC) {
          dx[place[c] + (row0 + r) * inP] = acc[r][c];
        }
      }
    }
  }
}
