// matmul_subgroup: the contract of matmul; each lane loads another element of a row and a shuffle broadcasts it.
// maths: y[b, m, n] = act(sum_k a[b, m, k] * w[b, k, n] + bias[n])
// shapes: a [.., M, K], w [.., K, N] through strides; bias [N]; y [.., M, N] contiguous
// invocation: ROWS rows of COLS columns in registers; a chunk of CHUNK values of a serves the whole subgroup
// numerics: as matmul; CHUNK must not exceed the subgroup size
// source: the broadcast idiom of subgroup matrix products, see the WGSL specification on subgroupShuffle
enable subgroups;
// uses: lib/matmul_params
override WG: u32 = 8;
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 16u;
const COLS = 2u;
const CHUNK = 8u;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
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
  let sub = lane % CHUNK;
  var aRows: array<u32, ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    aRows[r] = aBase + min(row0 + r, params.m - 1u) * params.aRow;
  }
  var wCols: array<u32, COLS>;
  for (var c = 0u; c < COLS; c++) {
    wCols[c] = wBase + min((wid.x * COLS + c) * WG + li, params.n - 1u) * params.wCol;
  }
  var acc: array<array<f32, COLS>, ROWS>;
  let whole = params.k - params.k % CHUNK;
  for (var k0 = 0u; k0 < whole; k0 += CHUNK) {
    var u: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      u[r] = a[aRows[r] + (k0 + sub) * params.aCol];
    }
    for (var j = 0u; j < CHUNK; j++) {
      var v: array<f32, COLS>;
      for (var c = 0u; c < COLS; c++) {
        v[c] = w[wCols[c] + (k0 + j) * params.wRow];
      }
      for (var r = 0u; r < ROWS; r++) {
        let s = subgroupShuffle(u[r], j);
        for (var c = 0u; c < COLS; c++) {
          acc[r][c] = fma(s, v[c], acc[r][c]);
        }
      }
    }
  }
  for (var k = whole; k < params.k; k++) {
    for (var c = 0u; c < COLS; c++) {
      let v = w[wCols[c] + k * params.wRow];
      for (var r = 0u; r < ROWS; r++) {
        acc[r][c] = fma(a[aRows[r] + k * params.aCol], v, acc[r][c]);
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
