// lstm: one LSTM layer, both directions, all time steps in one dispatch; the input projection is in `gates` already.
// maths: (i, f, g, o) = gates + W_hh h + b_hh, sigmoid and tanh for g; c' = f c + i g; h' = o tanh(c')
// shapes: gates [D][T, B, 4H] then [D][T, B, H] cells that entered each step; entering [D][T, B, H]; w [D][H + 1, H, 4] (the gates of a unit; last row b_hh); h0, c0, hn, cn [D, B, H]; y [T, B, D*H]
// invocation: a workgroup owns ROWS batch rows of one direction; an invocation owns units li, li + WG, ... of all of them
// numerics: gates are overwritten by their activated values, which backward reads; k ascending, one f32 accumulator
// source: Hochreiter and Schmidhuber 1997, gate order and two biases as in PyTorch
// uses: lib/grid
// uses: lib/nan
// uses: lib/gates
// uses: lib/recurrent_walk
// uses: lib/gate_product
// uses: lib/lstm_cell
// uses: lib/lstm_forward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 4u;
const GATES = 4u;
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
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    lstm_forward(group, li, 0u);
  }
}
