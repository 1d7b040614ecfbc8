// lstm_backward_subgroup: the contract of lstm_backward; gate gradients reach the lanes through subgroup shuffles.
// maths: dc += dh o (1 - tanh(c)^2); di, df, dg, do through their activations; dh = W_hh^T (di, df, dg, do); dc = dc f
// shapes: as lstm_backward
// invocation: as lstm_backward; a lane loads one of CHUNK gate gradients of each row
// numerics: as lstm_backward; CHUNK must not exceed the subgroup size
// source: back-propagation through time, Werbos 1990
enable subgroups;
// uses: lib/grid
// uses: lib/nan
// uses: lib/gates
// uses: lib/recurrent_walk
// uses: lib/state_product_subgroup
// uses: lib/lstm_backward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 16u;
const UNITS = 4u;
const GATES = 4u;
const CHUNK = 8u;
const QUADS = 2u;
struct Params {
  steps: u32, batch: u32, hidden: u32, dirs: u32, groups: u32,
  gateStride: u32, cellBase: u32, stateStride: u32, wStride: u32,
  hasDy: u32, hasDh: u32, hasDc: u32,
}
@group(0) @binding(0) var<storage, read_write> gates: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dh: array<f32>;
@group(0) @binding(4) var<storage, read_write> dc: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> local_state: array<f32, SHARED>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    lstm_backward(group, li, lane);
  }
}
