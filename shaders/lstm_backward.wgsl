// lstm_backward: gradients of one LSTM layer back through time, both directions, in one dispatch.
// maths: dc += dh o (1 - tanh(c)^2); di, df, dg, do through their activations; dh = W_hh^T (di, df, dg, do); dc = dc f
// shapes: gates as lstm left them, overwritten by the gradients of the pre-activations [D][T, B, 4H]; w [D][H, H, 4] (four rows of [4H, H]); dy [T, B, D*H]; dh, dc [D, B, H] in and out
// invocation: a workgroup owns ROWS batch rows of one direction; an invocation owns UNITS units at a time, WG apart
// numerics: c is recomputed from the entering cell exactly as forward did; q ascending, one f32 accumulator
// source: back-propagation through time, Werbos 1990
// uses: lib/grid
// uses: lib/nan
// uses: lib/gates
// uses: lib/recurrent_walk
// uses: lib/state_product
// uses: lib/lstm_backward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 4u;
const UNITS = 1u;
const GATES = 4u;
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
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    lstm_backward(group, li, 0u);
  }
}
