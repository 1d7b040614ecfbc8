// argmax: the largest element along one dimension, and where it is.
// maths: index[o, i] = first k with x[o, k, i] = max over k; y[o, i] = that maximum
// shapes: x [outer, count, inner]; y, index [outer, inner]
// invocation: `lanes` invocations share one output and split k
// numerics: exact; ties go to the smallest k; the first NaN wins over every number, as in PyTorch
// source: https://pytorch.org/docs/stable/generated/torch.max.html
// uses: lib/grid
// uses: lib/quotient
// uses: lib/nan
override WG: u32 = 64;
struct Params { outputs: u32, count: u32, inner: u32, lanes: u32, laneShift: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<i32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> value: array<f32, WG>;
var<workgroup> place: array<u32, WG>;

fn better(a: f32, b: f32) -> bool {
  return (a > b) | (is_nan(a) & !is_nan(b));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  // Lanes of one output lie perGroup apart, so that neighbouring invocations read neighbouring outputs.
  let perGroup = WG >> params.laneShift;
  let o = linear_group(wid, nwg) * perGroup + (li & (perGroup - 1u));
  let lane = li / perGroup;
  let inside = o < params.outputs;
  var best = 0.0;
  var at = 0xffffffffu;
  if (inside && lane < params.count) {
    let outer = quotient(o, params.inner);
    let base = outer * params.count * params.inner + (o - outer * params.inner);
    best = x[base + lane * params.inner];
    at = lane;
    for (var k = lane + params.lanes; k < params.count; k += params.lanes) {
      let v = x[base + k * params.inner];
      if (better(v, best)) {
        best = v;
        at = k;
      }
    }
  }
  if (params.lanes > 1u) {
    value[li] = best;
    place[li] = at;
    workgroupBarrier();
    for (var half = params.lanes >> 1u; half > 0u; half >>= 1u) {
      if (lane < half) {
        let other = li + half * perGroup;
        let there = place[other];
        // What is not better either way is as good: the earlier one stays.
        let earlier = there < place[li] && !better(value[li], value[other]);
        if (there != 0xffffffffu && (better(value[other], value[li]) || earlier)) {
          value[li] = value[other];
          place[li] = there;
        }
      }
      workgroupBarrier();
    }
    best = value[li];
    at = place[li];
  }
  if (inside && lane == 0u) {
    y[o] = best;
    index[o] = i32(at);
  }
}
