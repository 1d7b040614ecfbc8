// fold_batchnorm: merges a batch normalisation in evaluation mode into the convolution or linear layer before it.
// maths: s = gamma / sqrt(var + eps); weight' = weight s, bias' = (bias - mean) s + beta
// shapes: weight, foldedWeight [O, K]; bias, gamma, beta, mean, variance, foldedBias [O]
// invocation: one weight; the first of each output channel also its bias
// numerics: one rounding of s and one of each product
// source: Jacob et al. 2018, arXiv:1712.05877, section 3.2
// uses: lib/grid
override WG: u32 = 64;
override BIAS: u32 = 0;
struct Params { size: u32, depth: u32, eps: f32 }
@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
@group(0) @binding(5) var<storage, read> variance: array<f32>;
@group(0) @binding(6) var<storage, read_write> foldedWeight: array<f32>;
@group(0) @binding(7) var<storage, read_write> foldedBias: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i >= params.size) {
    return;
  }
  let o = i / params.depth;
  let scale = gamma[o] / sqrt(variance[o] + params.eps);
  foldedWeight[i] = weight[i] * scale;
  if (i == o * params.depth) {
    var own = 0.0;
    if (BIAS == 1u) {
      own = bias[o];
    }
    foldedBias[o] = fma(own - mean[o], scale, beta[o]);
  }
}
