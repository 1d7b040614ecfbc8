// gru_backward_subgroup: the contract of gru_backward; gate gradients reach the lanes through subgroup shuffles.
// maths: dn = dh (1 - z)(1 - n^2); dz = dh (h - n) z (1 - z); dr = dn q r (1 - r); dq = dn r; dh = dh z + W_hh^T (dr, dz, dq)
// shapes: as gru_backward
// invocation: as gru_backward; a lane loads one of CHUNK gate gradients of each row
// numerics: as gru_backward; CHUNK must not exceed the subgroup size
// source: back-propagation through time, Werbos 1990
enable subgroups;
// uses: lib/grid
// uses: lib/recurrent_walk
// uses: lib/state_product_subgroup
// uses: lib/gru_backward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 16u;
const UNITS = 4u;
const GATES = 3u;
const CHUNK = 8u;
const QUADS = 2u;
struct Params {
  steps: u32, batch: u32, hidden: u32, dirs: u32, groups: u32,
  gateStride: u32, cellBase: u32, stateStride: u32, wStride: u32,
  hasDy: u32, hasDh: u32,
}
@group(0) @binding(0) var<storage, read_write> gates: array<f32>;
@group(0) @binding(1) var<storage, read> entering: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dinner: array<f32>;
@group(0) @binding(5) var<storage, read_write> dh: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> local_state: array<f32, SHARED>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    gru_backward(group, li, lane);
  }
}
