// grad_norm_total: second pass of the norm of a flat gradient, and the factor that brings it down to the largest norm allowed.
// maths: norm = sqrt(sum of squares); clip = min(1, maxNorm / (norm + 1e-6)), or -1 where a gradient is not finite
// shapes: partial [groups, 2]; clip [2] = coefficient, norm
// invocation: one workgroup for everything; an invocation adds every WG-th partial
// numerics: partials are brought to one power of two, exactly; fixed tree; a norm that is not finite is reported as -1
// source: https://pytorch.org/docs/1.13/generated/torch.nn.utils.clip_grad_norm_.html
// uses: lib/scaled
const WG = 64u;
struct Params { groups: u32, maxNorm: f32 }
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> sums: array<vec2f, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) li: u32) {
  var mine = vec2f(1.0, 0.0);
  for (var i = li; i < params.groups; i += WG) {
    mine = scaled_add(mine, vec2f(partial[2u * i], partial[2u * i + 1u]));
  }
  sums[li] = mine;
  workgroupBarrier();
  if (li < 8u) {
    var eight = sums[8u * li];
    for (var k = 1u; k < 8u; k++) {
      eight = scaled_add(eight, sums[8u * li + k]);
    }
    sums[8u * li] = eight;
  }
  workgroupBarrier();
  if (li == 0u) {
    var all = sums[0];
    for (var k = 1u; k < 8u; k++) {
      all = scaled_add(all, sums[8u * k]);
    }
    let norm = sqrt(all.y) * bitcast<f32>(u32(min(all.x, 253.0)) << 23u);
    let finite = all.x < 255.0 && (bitcast<u32>(norm) & 0x7f800000u) != 0x7f800000u;
    clip[0] = select(-1.0, min(1.0, params.maxNorm / (norm + 1e-6)), finite);
    clip[1] = select(-1.0, norm, finite);
  }
}
