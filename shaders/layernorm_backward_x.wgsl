// layernorm_backward_x: the gradient of x through layer normalisation.
// maths: g = dy gamma; dx = inv (g - mean(g) - xhat mean(g xhat)), xhat = (x - mean) inv
// shapes: x, dy, dx [R, D], gamma [D], stats [R, 2] = mean, inv
// invocation: elements li, li + WG, ... of one row; a workgroup owns the row
// numerics: sums of a lane, then of the workgroup, in a fixed order
// source: Ba, Kiros, Hinton 2016, arXiv:1607.06450
// uses: lib/grid
override WG: u32 = 64;
override GAMMA: u32 = 1;
const FAN = 8u;
struct Params { rows: u32, cols: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> stats: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> sharedG: array<f32, WG>;
var<workgroup> sharedGx: array<f32, WG>;

fn upstream(at: u32, e: u32) -> f32 {
  if (GAMMA == 1u) {
    return dy[at] * gamma[e];
  }
  return dy[at];
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let row = linear_group(wid, nwg);
  let cols = select(0u, params.cols, row < params.rows);
  let known = min(row, params.rows - 1u);
  let mean = stats[2u * known];
  let inv = stats[2u * known + 1u];
  let origin = row * params.cols;
  var sumG = 0.0;
  var sumGx = 0.0;
  for (var e = li; e < cols; e += WG) {
    let g = upstream(origin + e, e);
    sumG += g;
    sumGx = fma(g, (x[origin + e] - mean) * inv, sumGx);
  }
  sharedG[li] = sumG;
  sharedGx[li] = sumGx;
  workgroupBarrier();
  if (li < FAN) {
    for (var i = li + FAN; i < WG; i += FAN) {
      sumG += sharedG[i];
      sumGx += sharedGx[i];
    }
    sharedG[li] = sumG;
    sharedGx[li] = sumGx;
  }
  workgroupBarrier();
  sumG = 0.0;
  sumGx = 0.0;
  for (var i = 0u; i < FAN; i++) {
    sumG += sharedG[i];
    sumGx += sharedGx[i];
  }
  let meanG = sumG / f32(params.cols);
  let meanGx = sumGx / f32(params.cols);
  for (var e = li; e < cols; e += WG) {
    let xhat = (x[origin + e] - mean) * inv;
    dx[origin + e] = inv * (upstream(origin + e, e) - meanG - xhat * meanGx);
  }
}
