// unary: element functions of one argument; KIND chooses, in the order of UNARY_KINDS (src/kernels/unary.ts).
// maths: y = f(x)
// shapes: x, y [n]
// invocation: PER elements, WG apart
// numerics: a few units in the last place over the whole range; sigmoid, tanh and gelu never overflow; NaN goes through relu
// source: gelu arXiv:1606.08415 (erf form), hardswish arXiv:1905.02244
// uses: lib/grid
// uses: lib/activation
override WG: u32 = 64;
override KIND: u32 = 0;
const PER = 4u;
struct Params { n: u32, slope: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn log_stable(v: f32) -> f32 {
  // Drivers may read a subnormal as zero or get its exponent wrong.
  let tiny = v > 0.0 && v < 1.1754944e-38;
  return select(log(v), log(v * 16777216.0) - 16.635532, tiny);
}

fn f(v: f32) -> f32 {
  switch KIND {
    case 0u: { return select(v, 0.0, v < 0.0); }
    case 1u: { return select(v, params.slope * v, v < 0.0); }
    case 2u: { return sigmoid(v); }
    case 3u: { return tanh_stable(v); }
    case 4u: { return v * normal_cdf(v); }
    case 5u: { return v * sigmoid(v); }
    case 6u: { return v * (clamp(v + 3.0, 0.0, 6.0) / 6.0); }
    case 7u: { return exp(v); }
    case 8u: { return log_stable(v); }
    case 9u: { return sqrt(v); }
    case 10u: { return v * v; }
    case 11u: { return -v; }
    default: { return abs(v); }
  }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  for (var k = 0u; k < PER; k++) {
    let i = first + k * WG;
    if (i < params.n) {
      y[i] = f(x[i]);
    }
  }
}
