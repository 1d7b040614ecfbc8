// batchnorm2d_backward_finish: gradients of gamma and beta, and what the gradient of x subtracts.
// maths: dbeta = sum g, dgamma = sum g xhat; means = dbeta / count, inv dgamma / count
// shapes: parts [S, C, 2], stats [4, C], dgamma, dbeta [C], means [2, C]
// invocation: one channel
// numerics: parts added in their order
// source: Ioffe and Szegedy 2015, arXiv:1502.03167
// uses: lib/grid
override WG: u32 = 64;
struct Params { channels: u32, count: u32, parts: u32 }
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let c = linear_group(wid, nwg) * WG + li;
  if (c >= params.channels) {
    return;
  }
  var sumG = 0.0;
  var sumGx = 0.0;
  for (var s = 0u; s < params.parts; s++) {
    let o = (s * params.channels + c) * 2u;
    sumG += parts[o];
    sumGx += parts[o + 1u];
  }
  dbeta[c] = sumG;
  dgamma[c] = sumGx;
  let count = f32(params.count);
  means[c] = sumG / count;
  means[params.channels + c] = sumGx / count * stats[params.channels + c];
}
