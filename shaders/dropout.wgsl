// dropout: inverted dropout from a counter-based generator; its own gradient when run on dy.
// maths: y[i] = bits(seed, step, i) >= threshold ? x[i] * scale : 0, with threshold = p * 2^32 and scale = 1 / (1 - p)
// shapes: x, y [n]; step [1], read on the device so that a recorded step draws anew each time
// invocation: PER elements, WG apart
// numerics: exact mask on every adapter (integers only), one rounding an element
// source: Srivastava et al. 2014; Salmon et al. 2011 (counter-based generators)
// uses: lib/grid
// uses: lib/hash
override WG: u32 = 64;
const PER = 4u;
struct Params { n: u32, seed: u32, threshold: u32, scale: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  let now = step[0];
  for (var k = 0u; k < PER; k++) {
    let i = first + k * WG;
    if (i < params.n) {
      let keep = random_bits(params.seed, now, i) >= params.threshold;
      y[i] = select(0.0, x[i] * params.scale, keep);
    }
  }
}
