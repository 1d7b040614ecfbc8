// lstm_tiles: the contract of lstm for many rows; the state lies in workgroup memory, four rows of a unit together.
// maths: (i, f, g, o) = gates + W_hh h + b_hh, sigmoid and tanh for g; c' = f c + i g; h' = o tanh(c')
// shapes: as lstm; hidden size a multiple of 4
// invocation: a tile of HEIGHT rows and one direction, all time steps; lanes own units; a lane loads four rows' states, which reach the others by shuffle
// numerics: as lstm
// source: Hochreiter and Schmidhuber 1997, gate order and two biases as in PyTorch
enable subgroups;
// uses: lib/grid
// uses: lib/nan
// uses: lib/gates
// uses: lib/lstm_cell
override SHARED: u32 = 1024;
const HEIGHT = 32u;
// HEIGHT / 4, and as many lanes.
const QUADS = 8u;
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
// [H][QUADS]: the entering state.
var<workgroup> state: array<vec4f, SHARED>;

/* Copies the state that enters the step whose rows begin at `row`; rows past the last repeat it and are not used. */
fn take_state(d: u32, row: u32, count: u32, lane: u32) {
  let H = params.hidden;
  workgroupBarrier();
  for (var j = lane; j < H; j += QUADS) {
    for (var q = 0u; q < QUADS; q++) {
      let at = d * params.stateStride + row * H + j;
      let last = count - 1u;
      let r = 4u * q;
      state[j * QUADS + q] = vec4f(
        entering[at + min(r, last) * H],
        entering[at + min(r + 1u, last) * H],
        entering[at + min(r + 2u, last) * H],
        entering[at + min(r + 3u, last) * H],
      );
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(QUADS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  // Workgroups that are too many do the last tile again.
  let group = min(linear_group(wid, nwg), params.groups - 1u);
  let H = params.hidden;
  let d = group % params.dirs;
  let reverse = d == 1u;
  let first_row = (group / params.dirs) * HEIGHT;
  let count = min(HEIGHT, params.batch - first_row);
  let start = select(0u, params.steps - 1u, reverse) * params.batch + first_row;
  for (var j = lane; j < H; j += QUADS) {
    for (var row = 0u; row < count; row++) {
      let at = (d * params.batch + first_row + row) * H + j;
      var h = 0.0;
      var c = 0.0;
      if (params.hasH0 == 1u) {
        h = h0[at];
      }
      if (params.hasC0 == 1u) {
        c = c0[at];
      }
      entering[d * params.stateStride + (start + row) * H + j] = h;
      gates[params.cellBase + d * params.stateStride + (start + row) * H + j] = c;
    }
  }
  for (var s = 0u; s < params.steps; s++) {
    let final_step = s + 1u == params.steps;
    let row = select(s, params.steps - 1u - s, reverse) * params.batch + first_row;
    let next = select(row + params.batch, row - params.batch, reverse);
    take_state(d, row, count, lane);
    for (var j0 = 0u; j0 < H; j0 += QUADS) {
      let j = j0 + lane;
      let weights = d * params.wStride + min(j, H - 1u);
      var acc: array<array<f32, HEIGHT>, 4>;
      for (var g = 0u; g < 4u; g++) {
        for (var r = 0u; r < HEIGHT; r++) {
          acc[g][r] = 0.0;
        }
      }
      if (s > 0u || params.hasH0 == 1u) {
        for (var k0 = 0u; k0 < H; k0 += 4u) {
          var v: array<vec4f, 4>;
          var u: array<vec4f, 4>;
          for (var i = 0u; i < 4u; i++) {
            v[i] = w[weights + (k0 + i) * H];
            u[i] = state[(k0 + i) * QUADS + lane];
          }
          for (var r = 0u; r < HEIGHT; r++) {
            for (var i = 0u; i < 4u; i++) {
              let held = u[i][r % 4u];
              let h = subgroupShuffle(held, r / 4u);
              for (var g = 0u; g < 4u; g++) {
                acc[g][r] = fma(h, v[i][g], acc[g][r]);
              }
            }
          }
        }
      }
      if (j < H) {
        let bias = w[weights + H * H];
        // A loop that is not unrolled: HEIGHT copies of the gates compile in seconds. Selecting keeps acc in registers.
        for (var q = 0u; q < (count + 3u) / 4u; q++) {
          for (var i = 0u; i < 4u; i++) {
            var v = bias;
            for (var g = 0u; g < 4u; g++) {
              var sum = acc[g][i];
              for (var k = 1u; k < QUADS; k++) {
                sum = select(sum, acc[g][4u * k + i], k == q);
              }
              v[g] += sum;
            }
            if (4u * q + i < count) {
              lstm_cell(v, 4u * q + i, j, d, first_row, row, next, final_step);
            }
          }
        }
      }
    }
  }
}
