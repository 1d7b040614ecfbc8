// ctc_backward: the gradient that ctc made, times what comes from above.
// maths: dx_tnk = dlogits_tnk (w_n dy + ditems_n); w_n as in ctc_reduce (0 where dy is absent)
// shapes: dlogits, dx [T, N, C]; dy []; ditems, targetLengths [N]
// invocation: a workgroup has one item and ROWS frames of it, an invocation every WG-th class
// numerics: one rounding for the factor, one for the product
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
const ROWS = 8u;
struct Params { T: u32, N: u32, C: u32, hasDy: u32, hasItems: u32, mean: u32 }
@group(0) @binding(0) var<storage, read> dlogits: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> ditems: array<f32>;
@group(0) @binding(3) var<storage, read> targetLengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let n = linear_group(wid, nwg);
  if (n >= params.N) {
    return;
  }
  var factor = 0.0;
  if (params.hasDy == 1u) {
    factor = dy[0];
    if (params.mean == 1u) {
      factor = factor / (f32(params.N) * f32(max(targetLengths[n], 1)));
    }
  }
  if (params.hasItems == 1u) {
    factor += ditems[n];
  }
  let end = min((wid.z + 1u) * ROWS, params.T);
  for (var t = wid.z * ROWS; t < end; t++) {
    let at = (t * params.N + n) * params.C;
    for (var c = li; c < params.C; c += WG) {
      dx[at + c] = dlogits[at + c] * factor;
    }
  }
}
