// softmax: softmax (LOG 0) or log_softmax (LOG 1) along one dimension.
// maths: m = max_k x_k, s = sum_k exp(x_k - m); y_k = exp(x_k - m) / s, or x_k - m - log s
// shapes: x, y [outer, count, inner]
// invocation: `lanes` invocations share one row and split k; HELD 1 keeps up to PER elements in registers, so x is loaded once
// numerics: the maximum is subtracted first, so exp never overflows; partial sums a lane, then a tree: fixed order
// source: Blanchard, Higham, Higham 2021, Accurately computing the log-sum-exp and softmax functions
// uses: lib/grid
// uses: lib/quotient
override WG: u32 = 64;
override LOG: u32 = 0;
override HELD: u32 = 0;
override TREE: u32 = 1; // 0: one invocation a row, no barrier
override OUTPUT_FIRST: u32 = 0; // 1: neighbouring invocations own neighbouring rows (inner > 1)
const PER = 8u;
struct Params { rows: u32, count: u32, inner: u32, lanes: u32, laneShift: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
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
  var held: array<f32, PER>;
  var m = -3.4028234e38;
  if (HELD == 1u) {
    for (var j = 0u; j < PER; j++) {
      let k = lane + j * params.lanes;
      held[j] = -3.4028234e38;
      if (k < end) {
        held[j] = x[base + k * params.inner];
      }
      m = max(m, held[j]);
    }
  } else {
    for (var k = lane; k < end; k += params.lanes) {
      m = max(m, x[base + k * params.inner]);
    }
  }
  if (TREE == 1u) {
    part[li] = m;
    workgroupBarrier();
    for (var half = params.lanes >> 1u; half > 0u; half >>= 1u) {
      if (lane < half) {
        part[li] = max(part[li], part[li + half * laneStep]);
      }
      workgroupBarrier();
    }
    m = part[li - lane * laneStep];
    workgroupBarrier();
  }
  var s = 0.0;
  if (HELD == 1u) {
    for (var j = 0u; j < PER; j++) {
      let k = lane + j * params.lanes;
      s += select(0.0, exp_low(held[j] - m), k < end);
    }
  } else {
    for (var k = lane; k < end; k += params.lanes) {
      s += exp_low(x[base + k * params.inner] - m);
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
  let logs = log(s);
  if (HELD == 1u) {
    for (var j = 0u; j < PER; j++) {
      let k = lane + j * params.lanes;
      if (k < end) {
        let v = held[j] - m;
        if (LOG == 1u) {
          y[base + k * params.inner] = v - logs;
        } else {
          y[base + k * params.inner] = exp_low(v) / s;
        }
      }
    }
    return;
  }
  for (var k = lane; k < end; k += params.lanes) {
    let v = x[base + k * params.inner] - m;
    if (LOG == 1u) {
      y[base + k * params.inner] = v - logs;
    } else {
      y[base + k * params.inner] = exp_low(v) / s;
    }
  }
}
