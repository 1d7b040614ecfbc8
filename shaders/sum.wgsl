// sum: adds slices of a strided array: partial results of a split reduction, broadcast gradients, bias gradients.
// maths: y[i, j] = sum over r of x[i * outer + r * step + j]
// shapes: y [rows, cols]; x read through strides, count slices
// invocation: one element of y; lanes of a workgroup share one sum when LANES > 1 (tree in workgroup memory)
// numerics: fixed order: strided partial sums, then a tree; same result on every run
// source: Harris, Optimizing parallel reduction (the tree)
// uses: lib/grid
override WG: u32 = 64;
override TREE: u32 = 0;
struct Params { rows: u32, cols: u32, count: u32, outer: u32, step: u32, count2: u32, step2: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> part: array<f32, WG>;

fn walk(base: u32, first: u32, stride: u32) -> f32 {
  var total = 0.0;
  for (var o = 0u; o < params.count2; o++) {
    var s = 0.0;
    for (var r = first; r < params.count; r += stride) {
      s += x[base + o * params.step2 + r * params.step];
    }
    total += s;
  }
  return total;
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  if (TREE == 0u) {
    let e = linear_group(wid, nwg) * WG + li;
    if (e < params.rows * params.cols) {
      let i = e / params.cols;
      y[e] = walk(i * params.outer + (e - i * params.cols), 0u, 1u);
    }
    return;
  }
  let e = linear_group(wid, nwg);
  let inside = e < params.rows * params.cols;
  let i = select(0u, e / params.cols, inside);
  let j = select(0u, e - i * params.cols, inside);
  part[li] = walk(i * params.outer + j, li, WG);
  workgroupBarrier();
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    if (li < half) {
      part[li] += part[li + half];
    }
    workgroupBarrier();
  }
  if (li == 0u && inside) {
    y[e] = part[0];
  }
}
