// matmul_workgroup: the contract of matmul; both operands pass through tiles in workgroup memory.
// maths: y[b, m, n] = act(sum_k a[b, m, k] * w[b, k, n] + bias[n])
// shapes: a [.., M, K], w [.., K, N] through strides; bias [N]; y [.., M, N] contiguous
// invocation: a workgroup owns SIDE ROWS rows of SIDE COLS columns, an invocation ROWS x COLS of them
// numerics: as matmul: one f32 accumulator an element, k ascending
// source: Volkov and Demmel 2008, Benchmarking GPUs to tune dense linear algebra
// uses: lib/matmul_params
// uses: lib/product_tiles
override RELU: u32 = 0;
override BIAS: u32 = 0;
const ROWS = 4u;
const COLS = 4u;
const SIDE = 8u;
const DEPTH = 8u;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
// Where this workgroup's product begins in a, w and y.
var<private> from_a: u32;
var<private> from_w: u32;
var<private> from_y: u32;

struct Column { at: u32, col: u32 }

fn column_of(col: u32) -> Column {
  return Column(from_w + col * params.wCol, col);
}

fn a_at(row: u32, k: u32) -> f32 {
  return a[from_a + row * params.aRow + k * params.aCol];
}

fn b_at(column: Column, k: u32) -> f32 {
  return w[column.at + k * params.wRow];
}

fn put(row: u32, column: Column, sum: f32) {
  var value = sum;
  if (BIAS == 1u) {
    value += bias[column.col];
  }
  if (RELU == 1u) {
    value = select(value, 0.0, value < 0.0);
  }
  y[from_y + row * params.n + column.col] = value;
}

@compute @workgroup_size(SIDE * SIDE)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  // Blocks of rows, one product after another, are folded past 65,535.
  let blocks = (params.m + SIDE * ROWS - 1u) / (SIDE * ROWS);
  let block = wid.y + wid.z * nwg.y;
  let item = block / blocks;
  if (item >= params.batches) {
    return;
  }
  let b2 = item % params.batch2;
  let b01 = item / params.batch2;
  let b1 = b01 % params.batch1;
  let b0 = b01 / params.batch1;
  from_a = b0 * params.aB0 + b1 * params.aB1 + b2 * params.aB2;
  from_w = b0 * params.wB0 + b1 * params.wB1 + b2 * params.wB2;
  from_y = item * params.m * params.n;
  product_tiles(block - item * blocks, wid.x, params.m, params.n, 0u, params.k, li);
}
