// softmax_backward: gradient of softmax (LOG 0) and log_softmax (LOG 1) from their output.
// maths: dx_k = y_k (dy_k - sum_j dy_j y_j), or dx_k = dy_k - exp(y_k) sum_j dy_j
// shapes: y, dy, dx [outer, count, inner]
// invocation: `lanes` invocations share one row and split k; HELD 1 keeps up to PER elements in registers
// numerics: partial sums a lane, then a tree: fixed order
// source: PyTorch 1.13, derivatives.yaml (_softmax_backward_data, _log_softmax_backward_data)
// uses: lib/grid
// uses: lib/quotient
override WG: u32 = 64;
override LOG: u32 = 0;
override HELD: u32 = 0;
override TREE: u32 = 1; // 0: one invocation a row, no barrier
override OUTPUT_FIRST: u32 = 0; // 1: neighbouring invocations own neighbouring rows (inner > 1)
const PER = 8u;
struct Params { rows: u32, count: u32, inner: u32, lanes: u32, laneShift: u32 }
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> part: array<f32, WG>;

fn exp_low(v: f32) -> f32 {
  return select(exp(v), 0.0, v < -87.0);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let perGroup = WG >> params.laneShift;
  var lane = li & (params.lanes - 1u);
  var local = li >> params.laneShift;
  var laneStep = 1u;
  if (OUTPUT_FIRST == 1u) {
    local = li & (perGroup - 1u);
    lane = li / perGroup;
    laneStep = perGroup;
  }
  let row = linear_group(wid, nwg) * perGroup + local;
  let inside = row < params.rows;
  let end = select(0u, params.count, inside);
  let outer = quotient(row, params.inner);
  let base = outer * params.count * params.inner + (row - outer * params.inner);
  var ys: array<f32, PER>;
  var gs: array<f32, PER>;
  var s = 0.0;
  if (HELD == 1u) {
    for (var j = 0u; j < PER; j++) {
      let k = lane + j * params.lanes;
      if (k < end) {
        let at = base + k * params.inner;
        gs[j] = dy[at];
        ys[j] = y[at];
        s += select(gs[j] * ys[j], gs[j], LOG == 1u);
      }
    }
  } else {
    for (var k = lane; k < end; k += params.lanes) {
      let at = base + k * params.inner;
      var term = dy[at];
      if (LOG == 0u) {
        term *= y[at];
      }
      s += term;
    }
  }
  if (TREE == 1u) {
    part[li] = s;
    workgroupBarrier();
    for (var half = params.lanes >> 1u; half > 0u; half >>= 1u) {
      if (lane < half) {
        part[li] += part[li + half * laneStep];
      }
      workgroupBarrier();
    }
    s = part[li - lane * laneStep];
  }
  if (HELD == 1u) {
    for (var j = 0u; j < PER; j++) {
      let k = lane + j * params.lanes;
      if (k < end) {
        let at = base + k * params.inner;
        if (LOG == 1u) {
          dx[at] = gs[j] - exp_low(ys[j]) * s;
        } else {
          dx[at] = ys[j] * (gs[j] - s);
        }
      }
    }
    return;
  }
  for (var k = lane; k < end; k += params.lanes) {
    let at = base + k * params.inner;
    if (LOG == 1u) {
      dx[at] = dy[at] - exp_low(y[at]) * s;
    } else {
      dx[at] = y[at] * (dy[at] - s);
    }
  }
}
