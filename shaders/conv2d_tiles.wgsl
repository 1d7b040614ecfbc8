// conv2d_tiles: 3x3 convolution of stride 1, or the gradient of its input, by two-dimensional tiles that load each value once.
// maths: y[n, o, p] = act(sum over c, i, j of w[o, c, i, j] * x[n, c, p - pad + (i, j)] + bias[o]), or the largest of poolH x poolW of these, each 1 or 2
// shapes: x [N, C, H, W], w [O, C, 3, 3], bias [O], y [N, O, oH / poolH, oW / poolW] rounded down; backward: dy, w with O and C exchanged and turned by 180 degrees, dx
// invocation: ROWS channels of TALL x (8 WIDE) pixels in registers; a lane owns columns; neighbours and weights reach it by shuffle
// numerics: one f32 accumulator an element, taps ascending: error about sqrt(K) * 2^-24 of sum |w||x|, K = 9 C
// source: Chetlur et al. 2014 (cuDNN), implicit GEMM
enable subgroups;
// uses: lib/nan
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 16u;
const TALL = 4u;
const WIDE = 2u;
// TALL + 2 rows of the input, a quarter of that many loads right of them, 9/8 of ROWS loads of weights.
const HIGH = 6u;
const EDGES = 2u;
const LOADS = 18u;
struct Params {
  inC: u32, inH: u32, inW: u32, outC: u32, outH: u32, outW: u32,
  padT: u32, padL: u32, blocksX: u32, blocksY: u32, blocks: u32,
  rowStride: u32, channelStride: u32, firstTap: i32, tapStride: i32, poolH: u32, poolW: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

/* NaN wins over everything, as in maxpool2d. */
fn larger(a: f32, b: f32) -> f32 {
  return select(a, b, (b > a) | is_nan(b));
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  // Blocks past 65,535 go on in z; those that are too many do the last one again.
  let block = min(wid.x + wid.z * nwg.x, params.blocks - 1u);
  let strip = block / params.blocksX;
  let image = strip / params.blocksY;
  let outX = (block - strip * params.blocksX) * 8u * WIDE;
  let outY = (strip - image * params.blocksY) * TALL;
  let top = i32(outY) - i32(params.padT);
  let left = i32(outX) - i32(params.padL);
  let row0 = wid.y * ROWS;
  let inP = params.inH * params.inW;

  // Where the lane reads in a plane of the input, and whether that lies inside: TALL + 2 rows, and of each the two values to the right
  // of the block, four rows a load.
  var at: array<array<u32, WIDE>, HIGH>;
  var inside: array<array<bool, WIDE>, HIGH>;
  for (var k = 0u; k < HIGH; k++) {
    for (var c = 0u; c < WIDE; c++) {
      let row = u32(top + i32(k));
      let column = u32(left + i32(8u * c + lane));
      inside[k][c] = (row < params.inH) & (column < params.inW);
      at[k][c] = select(0u, row * params.inW + column, inside[k][c]);
    }
  }
  var edgeAt: array<u32, EDGES>;
  var edgeInside: array<bool, EDGES>;
  for (var e = 0u; e < EDGES; e++) {
    let row = u32(top + i32(4u * e + lane / 2u));
    let column = u32(left + i32(8u * WIDE + lane % 2u));
    edgeInside[e] = (row < params.inH) & (column < params.inW);
    edgeAt[e] = select(0u, row * params.inW + column, edgeInside[e]);
  }
  // The nine taps of ROWS channels, one after the other, eight a load.
  var weightAt: array<u32, LOADS>;
  for (var m = 0u; m < LOADS; m++) {
    let q = 8u * m + lane;
    let tap = params.firstTap + i32(q % 9u) * params.tapStride;
    weightAt[m] = min(row0 + q / 9u, params.outC - 1u) * params.rowStride + u32(tap);
  }

  var acc: array<array<array<f32, WIDE>, TALL>, ROWS>;
  for (var channel = 0u; channel < params.inC; channel++) {
    let plane = (image * params.inC + channel) * inP;
    // The input as the three taps of a row see it: as loaded, one column on, two columns on.
    var v: array<array<array<f32, 3>, WIDE>, HIGH>;
    for (var k = 0u; k < HIGH; k++) {
      for (var c = 0u; c < WIDE; c++) {
        v[k][c][0] = select(0.0, x[plane + at[k][c]], inside[k][c]);
      }
    }
    var edge: array<f32, EDGES>;
    for (var e = 0u; e < EDGES; e++) {
      edge[e] = select(0.0, x[plane + edgeAt[e]], edgeInside[e]);
    }
    for (var k = 0u; k < HIGH; k++) {
      for (var c = 0u; c < WIDE; c++) {
        let beyond = v[k][min(c + 1u, WIDE - 1u)][0];
        let first = select(subgroupShuffle(edge[k / 4u], k % 4u * 2u), subgroupShuffle(beyond, 0u), c + 1u < WIDE);
        let second = select(subgroupShuffle(edge[k / 4u], k % 4u * 2u + 1u), subgroupShuffle(beyond, 1u), c + 1u < WIDE);
        v[k][c][1] = select(subgroupShuffle(v[k][c][0], (lane + 1u) % 8u), first, lane == 7u);
        v[k][c][2] = select(subgroupShuffle(v[k][c][0], (lane + 2u) % 8u), select(first, second, lane == 7u), lane >= 6u);
      }
    }
    var u: array<f32, LOADS>;
    for (var m = 0u; m < LOADS; m++) {
      u[m] = w[weightAt[m] + channel * params.channelStride];
    }
    for (var r = 0u; r < ROWS; r++) {
      var s: array<f32, 9>;
      for (var t = 0u; t < 9u; t++) {
        s[t] = subgroupShuffle(u[(9u * r + t) / 8u], (9u * r + t) % 8u);
      }
      for (var a = 0u; a < TALL; a++) {
        for (var c = 0u; c < WIDE; c++) {
          for (var t = 0u; t < 9u; t++) {
            acc[r][a][c] = fma(s[t], v[a + t / 3u][c][t % 3u], acc[r][a][c]);
          }
        }
      }
    }
  }
  // Windows of one or two rows and columns lie within a block, which begins at an even row and column.
  let wide = params.outW / params.poolW;
  let high = params.outH / params.poolH;
  for (var r = 0u; r < ROWS; r++) {
    if (row0 + r < params.outC) {
      var add = 0.0;
      if (BIAS == 1u) {
        add = bias[row0 + r];
      }
      for (var a = 0u; a < TALL; a++) {
        if (a % params.poolH == 0u) {
          for (var c = 0u; c < WIDE; c++) {
            // Bias and ReLU keep the order of values, so that they may follow the maximum.
            var value = acc[r][a][c];
            if (params.poolH == 2u) {
              value = larger(value, acc[r][min(a + 1u, TALL - 1u)][c]);
            }
            if (params.poolW == 2u) {
              value = larger(value, subgroupShuffle(value, lane ^ 1u));
            }
            let row = (outY + a) / params.poolH;
            let column = (outX + 8u * c + lane) / params.poolW;
            if ((row < high) & (column < wide) & (lane % params.poolW == 0u)) {
              value += add;
              if (RELU == 1u) {
                value = select(value, 0.0, value < 0.0);
              }
              y[((image * params.outC + row0 + r) * high + row) * wide + column] = value;
            }
          }
        }
      }
    }
  }
}
