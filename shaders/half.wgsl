// half: values stored in 16 bits, for weights that are only read.
// maths: y = the binary16 nearest to x (65,504 at most); NaN stays
// shapes: x any; y as many values, two in each word, the first in its low half
// invocation: two elements
// numerics: relative error 2^-11, below 6.1e-5 absolute 2^-25; a tie may go either way, as WGSL allows
// source: IEEE 754-2008 binary16
// uses: lib/grid
// uses: lib/nan
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn value(i: u32) -> f32 {
  // Past the last element of an odd count.
  let v = select(0.0, x[min(i, params.n - 1u)], i < params.n);
  return select(clamp(v, -65504.0, 65504.0), v, is_nan(v));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let at = (linear_group(wid, nwg) * WG + li) * 2u;
  if (at < params.n) {
    y[at / 2u] = pack2x16float(vec2f(value(at), value(at + 1u)));
  }
}
