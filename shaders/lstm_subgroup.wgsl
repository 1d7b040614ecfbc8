// lstm_subgroup: the contract of lstm; the state reaches the lanes through subgroup shuffles.
// maths: (i, f, g, o) = gates + W_hh h + b_hh, sigmoid and tanh for g; c' = f c + i g; h' = o tanh(c')
// shapes: as lstm
// invocation: as lstm; a lane loads one of CHUNK elements of each row's state
// numerics: as lstm; CHUNK must not exceed the subgroup size
// source: Hochreiter and Schmidhuber 1997, gate order and two biases as in PyTorch
enable subgroups;
// uses: lib/grid
// uses: lib/nan
// uses: lib/gates
// uses: lib/recurrent_walk
// uses: lib/gate_product_subgroup
// uses: lib/lstm_cell
// uses: lib/lstm_forward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 16u;
const GATES = 4u;
const CHUNK = 8u;
struct Params {
  steps: u32, batch: u32, hidden: u32, dirs: u32, groups: u32,
  gateStride: u32, cellBase: u32, stateStride: u32, wStride: u32,
  hasH0: u32, hasC0: u32,
}
@group(0) @binding(0) var<storage, read_write> gates: array<f32>;
@group(0) @binding(1) var<storage, read_write> entering: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read> h0: array<f32>;
@group(0) @binding(4) var<storage, read> c0: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> hn: array<f32>;
@group(0) @binding(7) var<storage, read_write> cn: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> local_state: array<f32, SHARED>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    lstm_forward(group, li, lane);
  }
}
