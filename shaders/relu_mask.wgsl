// relu_mask: the gradient through a ReLU that was fused into the kernel before it.
// maths: dx = y > 0 ? dy : 0
// shapes: y, dy, dx [n]
// invocation: one element
// numerics: exact; the gradient at 0 is 0
// source: none needed
// uses: lib/grid
override WG: u32 = 64;
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let i = linear_group(wid, nwg) * WG + li;
  if (i < params.n) {
    dx[i] = select(0.0, dy[i], y[i] > 0.0);
  }
}
