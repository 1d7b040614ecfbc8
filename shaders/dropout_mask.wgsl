// dropout_mask: inverted dropout with the mask given; its own gradient when run on dy.
// maths: y = mask == 0 ? 0 : x * mask * scale
// shapes: x, mask, y [n]
// invocation: PER elements, WG apart
// numerics: a dropped element is zero even where x is infinite
// source: Srivastava et al. 2014
// uses: lib/grid
override WG: u32 = 64;
const PER = 4u;
struct Params { n: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  for (var k = 0u; k < PER; k++) {
    let i = first + k * WG;
    if (i < params.n) {
      let keep = mask[i];
      y[i] = select(x[i] * keep * params.scale, 0.0, keep == 0.0);
    }
  }
}
