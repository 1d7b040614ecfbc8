// layernorm_backward_w: gradients of gamma and beta, in parts of the rows.
// maths: dgamma = sum over rows of dy xhat, dbeta = sum over rows of dy
// shapes: x, dy [R, D], stats [R, 2] = mean, inv; dgamma, dbeta [S, D]: part s takes rows s per .. (s + 1) per - 1
// invocation: one column of one part; lanes own neighbouring columns
// numerics: rows ascending; the parts are added by the sum kernel
// source: Ba, Kiros, Hinton 2016, arXiv:1607.06450
override WG: u32 = 64;
struct Params { rows: u32, cols: u32, per: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> dbeta: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) li: u32) {
  let col = wid.x * WG + li;
  if (col >= params.cols) {
    return;
  }
  let end = min((wid.y + 1u) * params.per, params.rows);
  var sumG = 0.0;
  var sumGx = 0.0;
  for (var row = wid.y * params.per; row < end; row++) {
    let at = row * params.cols + col;
    let g = dy[at];
    sumG += g;
    sumGx = fma(g, (x[at] - stats[2u * row]) * stats[2u * row + 1u], sumGx);
  }
  dgamma[wid.y * params.cols + col] = sumGx;
  dbeta[wid.y * params.cols + col] = sumG;
}
