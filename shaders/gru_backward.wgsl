// gru_backward: gradients of one GRU layer back through time, both directions, in one dispatch.
// maths: dn = dh (1 - z)(1 - n^2); dz = dh (h - n) z (1 - z); dr = dn q r (1 - r); dq = dn r; dh = dh z + W_hh^T (dr, dz, dq)
// shapes: gates as gru left them, overwritten by (dr, dz, dn) [D][T, B, 3H]; dinner (dr, dz, dq) [D][T, B, 3H]; entering [D][T, B, H]; w [D][3H / 4, H, 4] (four rows of [3H, H], zeros past the last); dy [T, B, D*H]; dh [D, B, H] in and out
// invocation: a workgroup owns ROWS batch rows of one direction; an invocation owns UNITS units at a time, WG apart
// numerics: q ascending, one f32 accumulator
// source: back-propagation through time, Werbos 1990
// uses: lib/grid
// uses: lib/recurrent_walk
// uses: lib/state_product
// uses: lib/gru_backward
override WG: u32 = 64;
override LOCAL: u32 = 1;
override SHARED: u32 = 4096;
const ROWS = 4u;
const UNITS = 1u;
const GATES = 3u;
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
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let group = linear_group(wid, nwg);
  if (group < params.groups) {
    gru_backward(group, li, 0u);
  }
}
