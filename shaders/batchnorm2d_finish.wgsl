// batchnorm2d_finish: joins the parts of each channel's moments and moves the running statistics; or reads those (evaluation).
// maths: inv = 1 / sqrt(var + eps); running = (1 - momentum) running + momentum batch, with the unbiased variance
// shapes: parts [S, C, 3], gamma, beta, runningMean, runningVar [C]; stats [4, C] = mean, inv, gamma inv, beta
// invocation: one channel
// numerics: parts joined in their order, without cancellation; variance biased for inv, unbiased for the running one
// source: Ioffe and Szegedy 2015, arXiv:1502.03167
// uses: lib/grid
// uses: lib/moments
override WG: u32 = 64;
override TRAINING: u32 = 1;
override GAMMA: u32 = 1;
override BETA: u32 = 1;
struct Params { channels: u32, parts: u32, eps: f32, momentum: f32 }
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> runningMean: array<f32>;
@group(0) @binding(4) var<storage, read_write> runningVar: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let c = linear_group(wid, nwg) * WG + li;
  let n = params.channels;
  if (c >= n) {
    return;
  }
  var mean: f32;
  var variance: f32;
  if (TRAINING == 1u) {
    var total = Moments(0.0, 0.0, 0.0);
    for (var s = 0u; s < params.parts; s++) {
      let o = (s * n + c) * 3u;
      total = join(total, Moments(parts[o], parts[o + 1u], parts[o + 2u]));
    }
    mean = total.mean;
    variance = total.m2 / total.n;
    let keep = 1.0 - params.momentum;
    runningMean[c] = keep * runningMean[c] + params.momentum * mean;
    runningVar[c] = keep * runningVar[c] + params.momentum * (total.m2 / (total.n - 1.0));
  } else {
    mean = runningMean[c];
    variance = runningVar[c];
  }
  let inv = 1.0 / sqrt(variance + params.eps);
  stats[c] = mean;
  stats[n + c] = inv;
  var scale = inv;
  if (GAMMA == 1u) {
    scale = inv * gamma[c];
  }
  stats[2u * n + c] = scale;
  var shift = 0.0;
  if (BETA == 1u) {
    shift = beta[c];
  }
  stats[3u * n + c] = shift;
}
