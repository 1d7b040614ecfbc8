// grad_norm: first pass of the norm of a flat gradient: each workgroup's sum of squares, scaled so that it cannot overflow.
// maths: partial = (e, s): sum of g^2 = s 2^(2 (e - 127)), e the biased exponent of the largest |g| (255: one is not finite)
// shapes: g [n]; partial [groups, 2]
// invocation: EACH elements, WG apart, kept in registers
// numerics: scaling by a power of two is exact; the largest is found on the bits, where NaN and infinity cannot hide; fixed tree
// source: none needed
// uses: lib/grid
// uses: lib/scaled
const WG = 64u;
const EACH = 32u;
struct Params { n: u32, groups: u32 }
@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> sums: array<vec2f, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let group = linear_group(wid, nwg);
  if (group >= params.groups) {
    return;
  }
  var values: array<f32, EACH>;
  var most = 0u;
  for (var k = 0u; k < EACH; k++) {
    let i = (group * EACH + k) * WG + li;
    values[k] = 0.0;
    if (i < params.n) {
      values[k] = g[i];
    }
    most = max(most, bitcast<u32>(values[k]) & 0x7fffffffu);
  }
  let e = most >> 23u;
  let scale = bitcast<f32>((254u - clamp(e, 1u, 253u)) << 23u);
  var sum = 0.0;
  for (var k = 0u; k < EACH; k++) {
    let x = values[k] * scale;
    sum += x * x;
  }
  sums[li] = vec2f(f32(clamp(e, 1u, 253u)), sum);
  if (e == 255u) {
    sums[li] = vec2f(255.0, 0.0);
  }
  // Eight by eight: two barriers where a binary tree has six.
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
    partial[2u * group] = all.x;
    partial[2u * group + 1u] = all.y;
  }
}
