// layernorm: normalises each row to mean 0 and variance 1, then scales and shifts it.
// maths: y = (x - mean) / sqrt(var + eps) * gamma + beta, with the row's mean and biased variance
// shapes: x, y [R, D], gamma, beta [D], stats [R, 2] = mean, 1 / sqrt(var + eps)
// invocation: elements li, li + WG, ... of one row, ITEMS at a time; a workgroup owns the row
// numerics: exact two-pass moments of ITEMS values, joined without cancellation; the order is fixed
// source: Ba, Kiros, Hinton 2016, arXiv:1607.06450; Chan, Golub, LeVeque 1979
// uses: lib/grid
// uses: lib/moments
override WG: u32 = 64;
override GAMMA: u32 = 1;
override BETA: u32 = 1;
const ITEMS = 4u;
const FAN = 8u;
struct Params { rows: u32, cols: u32, eps: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> sharedN: array<f32, WG>;
var<workgroup> sharedMean: array<f32, WG>;
var<workgroup> sharedM2: array<f32, WG>;

fn put(i: u32, m: Moments) {
  sharedN[i] = m.n;
  sharedMean[i] = m.mean;
  sharedM2[i] = m.m2;
}

fn take(i: u32) -> Moments {
  return Moments(sharedN[i], sharedMean[i], sharedM2[i]);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let row = linear_group(wid, nwg);
  let cols = select(0u, params.cols, row < params.rows);
  let origin = row * params.cols;
  var total = Moments(0.0, 0.0, 0.0);
  for (var base = 0u; base < cols; base += WG * ITEMS) {
    var v: array<f32, ITEMS>;
    var n = 0.0;
    var sum = 0.0;
    for (var j = 0u; j < ITEMS; j++) {
      let e = base + j * WG + li;
      v[j] = x[origin + min(e, cols - 1u)];
      n += select(0.0, 1.0, e < cols);
      sum += select(0.0, v[j], e < cols);
    }
    let mean = sum / max(n, 1.0);
    var m2 = 0.0;
    for (var j = 0u; j < ITEMS; j++) {
      let d = select(0.0, v[j] - mean, base + j * WG + li < cols);
      m2 = fma(d, d, m2);
    }
    total = join(total, Moments(n, mean, m2));
  }
  put(li, total);
  workgroupBarrier();
  if (li < FAN) {
    for (var i = li + FAN; i < WG; i += FAN) {
      total = join(total, take(i));
    }
    put(li, total);
  }
  workgroupBarrier();
  // Every lane joins the last few itself: cheaper than a third barrier.
  total = take(0u);
  for (var i = 1u; i < FAN; i++) {
    total = join(total, take(i));
  }
  let inv = 1.0 / sqrt(total.m2 / f32(params.cols) + params.eps);
  for (var e = li; e < cols; e += WG) {
    var value = (x[origin + e] - total.mean) * inv;
    if (GAMMA == 1u) {
      value *= gamma[e];
    }
    if (BETA == 1u) {
      value += beta[e];
    }
    y[origin + e] = value;
  }
  if (li == 0u && row < params.rows) {
    stats[2u * row] = total.mean;
    stats[2u * row + 1u] = inv;
  }
}
