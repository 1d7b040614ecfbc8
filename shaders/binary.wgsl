// binary: element functions of two arguments with broadcasting; KIND chooses, in the order of BINARY_KINDS (src/kernels/binary.ts).
// maths: y = f(a, b)
// shapes: y [n], walked over up to six dimensions; a and b read through strides, 0 where they broadcast
// invocation: PER elements, WG apart; equal shapes and scalars have RANK 1 and decode nothing
// numerics: one rounding an element
// source: https://numpy.org/doc/stable/user/basics.broadcasting.html
// uses: lib/grid
// uses: lib/quotient
// uses: lib/walk
override WG: u32 = 64;
override KIND: u32 = 0;
override RANK: u32 = 1;
override ROWS: u32 = 0; // 1: the innermost size is a multiple of WG * PER, so a workgroup stays in one row
const PER = 4u;
struct Params {
  n: u32,
  s0: u32, s1: u32, s2: u32, s3: u32, s4: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn f(u: f32, v: f32) -> f32 {
  switch KIND {
    case 0u: { return u + v; }
    case 1u: { return u - v; }
    case 2u: { return u * v; }
    case 3u: { return u / v; }
    case 4u: { return -(u / v); }
    default: { return select(0.0, 1.0, u == v); }
  }
}

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
      y[i] = f(a[at.x], b[at.y]);
    }
  }
}
