// matmul: batched matrix product with any strides (so NN, NT, TN, TT alike), fused bias and ReLU; needs no feature.
// maths: y[b, m, n] = act(sum_k a[b, m, k] * w[b, k, n] + bias[n])
// shapes: a [.., M, K], w [.., K, N] through strides; bias [N]; y [.., M, N] contiguous
// invocation: ROWS rows of COLS columns, held in registers; neighbouring lanes own neighbouring columns
// numerics: one f32 accumulator an element, k ascending: error about sqrt(K) * 2^-24 of sum |a||w|
// source: Goto and van de Geijn 2008, register blocking
// uses: lib/matmul_params
override WG: u32 = 32;
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 8u;
const COLS = 2u;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  // Blocks of rows, one product after another, are folded past 65,535.
  let blocks = (params.m + ROWS - 1u) / ROWS;
  let block = wid.y + wid.z * nwg.y;
  let item = block / blocks;
  if (item >= params.batches) {
    return;
  }
  let b2 = item % params.batch2;
  let b01 = item / params.batch2;
  let b1 = b01 % params.batch1;
  let b0 = b01 / params.batch1;
  let aBase = b0 * params.aB0 + b1 * params.aB1 + b2 * params.aB2;
  let wBase = b0 * params.wB0 + b1 * params.wB1 + b2 * params.wB2;
  let row0 = (block - item * blocks) * ROWS;
  var aRows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    aRows[r] = aBase + min(row0 + r, params.m - 1u) * params.aRow;
  }
  var wCols: array<u32, COLS>;
  for (var c = 0u; c < COLS; c++) {
    wCols[c] = wBase + min((wid.x * COLS + c) * WG + li, params.n - 1u) * params.wCol;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  for (var k = 0u; k < params.k; k++) {
    var v: array<f32, COLS>;
    for (var c = 0u; c < COLS; c++) {
      v[c] = w[wCols[c] + k * params.wRow];
    }
    for (var r = 0u; r < ROWS; r++) {
      let u = a[aRows[r] + k * params.aCol];
      for (var c = 0u; c < COLS; c++) {
        acc[r][c] = fma(u, v[c], acc[r][c]);
      }
    }
  }
  for (var c = 0u; c < COLS; c++) {
    let col = (wid.x * COLS + c) * WG + li;
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
          y[(item * params.m + row0 + r) * params.n + col] = value;
        }
      }
    }
  }
}
