// grad_clip: multiplies a flat gradient by the factor that grad_norm_total found.
// maths: g = g clip
// shapes: g [n]; clip [2] = coefficient, norm
// invocation: one element
// numerics: one rounding; a negative coefficient (a gradient that is not finite) leaves g as it is
// source: https://pytorch.org/docs/1.13/generated/torch.nn.utils.clip_grad_norm_.html
// uses: lib/grid
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> clip: array<f32>;
@group(0) @binding(1) var<storage, read_write> g: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i < params.n && clip[0] >= 0.0) {
    g[i] = g[i] * clip[0];
  }
}
