// matmul_tiles: the contract of matmul for one product whose operands lie in fours, each value loaded once a tile.
// maths: y[m, n] = act(sum_k a[m, k] * w[k, n] + bias[n])
// shapes: a [M, K] or, where A_LINES is 1, [K, M]; w [K, N] or, where W_LINES is 0, [N, K]; bias [N]; y [M, N] contiguous; K, and what lies along a line, multiples of 4
// invocation: ROWS rows of 4 columns in registers; the lanes' loads of a reach the others by shuffle, lanes own columns
// numerics: as matmul: one f32 accumulator an element, k ascending
// source: Goto and van de Geijn 2008, register blocking
enable subgroups;
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 32u;
// 1 where a line of a (of w) holds one k: its fours then are rows (columns); 0 where it is a row (a column), and its fours are k.
const A_LINES = 0u;
const W_LINES = 0u;
// Loads of a for 4 k: ROWS / 8, or 4.
const LOADS = 4u;
struct Params { m: u32, n: u32, k: u32, aLine: u32, wLine: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  // Blocks of rows past 65,535 go on in z.
  let row0 = (wid.y + wid.z * nwg.y) * ROWS;
  let col0 = wid.x * 32u;
  // Where each load begins, in fours, and how far it moves on with the next 4 k.
  var fromA: array<u32, LOADS>;
  for (var q = 0u; q < LOADS; q++) {
    let line = min(row0 + 8u * q + lane, params.m - 1u) * params.aLine;
    let four = q * params.aLine + min(row0 / 4u + lane, params.m / 4u - 1u);
    fromA[q] = select(line, four, A_LINES == 1u);
  }
  var fromW: array<u32, 4>;
  for (var q = 0u; q < 4u; q++) {
    let line = min(col0 + 8u * q + lane, params.n - 1u) * params.wLine;
    let four = q * params.wLine + min(col0 / 4u + lane, params.n / 4u - 1u);
    fromW[q] = select(line, four, W_LINES == 1u);
  }
  let stepA = select(1u, 4u * params.aLine, A_LINES == 1u);
  let stepW = select(1u, 4u * params.wLine, W_LINES == 1u);
  var acc: array<array<f32, 4>, ROWS>;
  for (var k = 0u; k < params.k / 4u; k++) {
    var v: array<vec4f, 4>;
    for (var q = 0u; q < 4u; q++) {
      v[q] = w[fromW[q] + k * stepW];
    }
    var u: array<vec4f, LOADS>;
    for (var q = 0u; q < LOADS; q++) {
      u[q] = a[fromA[q] + k * stepA];
    }
    for (var r = 0u; r < ROWS; r++) {
      for (var i = 0u; i < 4u; i++) {
        let held = u[A_LINES * i + (1u - A_LINES) * (r / 8u)][A_LINES * (r % 4u) + (1u - A_LINES) * i];
        let s = subgroupShuffle(held, A_LINES * (r / 4u) + (1u - A_LINES) * (r % 8u));
        for (var c = 0u; c < 4u; c++) {
          acc[r][c] = fma(s, v[W_LINES * i + (1u - W_LINES) * c][W_LINES * c + (1u - W_LINES) * i], acc[r][c]);
        }
      }
    }
  }
  for (var c = 0u; c < 4u; c++) {
    let col = select(col0 + 8u * c + lane, col0 + 4u * lane + c, W_LINES == 1u);
    if (col < params.n) {
      var add = 0.0;
      if (BIAS == 1u) {
        add = bias[col];
      }
      for (var r = 0u; r < ROWS; r++) {
        if (row0 + r < params.m) {
          var value = acc[r][c] + add;
          if (RELU == 1u) {
            value = select(value, 0.0, value < 0.0);
          }
          y[(row0 + r) * params.n + col] = value;
        }
      }
    }
  }
}
