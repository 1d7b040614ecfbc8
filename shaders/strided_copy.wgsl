// strided_copy: moves elements between two strided arrays: permute, concat, slice, flip, expand.
// maths: y[b(i)] = x[a(i)], times scale when SCALE is 1
// shapes: a walk of n elements over up to six dimensions; x read from xOffset through a0.., y written from yOffset through b0..
// invocation: PER elements, WG apart
// numerics: bits are moved as they are unless scaled
// source: none needed
// uses: lib/grid
// uses: lib/quotient
// uses: lib/walk
override WG: u32 = 64;
override RANK: u32 = 1;
override ROWS: u32 = 0; // 1: the innermost size is a multiple of WG * PER, so a workgroup stays in one row
override SCALE: u32 = 0;
const PER = 4u;
struct Params {
  n: u32, xOffset: u32, yOffset: u32, scale: f32,
  s0: u32, s1: u32, s2: u32, s3: u32, s4: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
}
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  var row = vec2u(0u);
  if (ROWS == 1u) {
    row = walk(first);
  }
  for (var k = 0u; k < PER; k++) {
    let i = first + k * WG;
    if (i < params.n) {
      var at = row + k * WG * vec2u(params.a0, params.b0);
      if (ROWS == 0u) {
        at = walk(i);
      }
      var v = x[params.xOffset + at.x];
      if (SCALE == 1u) {
        v = bitcast<u32>(bitcast<f32>(v) * params.scale);
      }
      y[params.yOffset + at.y] = v;
    }
  }
}
