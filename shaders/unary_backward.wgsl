// unary_backward: gradients of the element functions; KIND as in unary.
// maths: dx = dy * f'(x), from y where that is cheaper or more accurate
// shapes: x, y, dy, dx [n]
// invocation: PER elements, WG apart
// numerics: kinks as in PyTorch: relu'(0) = 0, leaky_relu'(0) = slope, abs'(0) = 0; dx is zero where f' is, even for a large dy
// source: PyTorch 1.13, derivatives.yaml
// uses: lib/grid
// uses: lib/activation
override WG: u32 = 64;
override KIND: u32 = 0;
const PER = 4u;
struct Params { n: u32, slope: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Only the arrays that a KIND needs are loaded: loads are what an element kernel costs.
fn d(i: u32, g: f32) -> f32 {
  switch KIND {
    case 0u: { return select(g, 0.0, y[i] <= 0.0); }
    case 1u: { return select(params.slope * g, g, x[i] > 0.0); }
    case 2u: {
      let s = sigmoid(x[i]);
      return g * s * sigmoid(-x[i]);
    }
    case 3u: {
      let t = y[i];
      return g * ((1.0 - t) * (1.0 + t));
    }
    case 4u: {
      let v = x[i];
      return g * (normal_cdf(v) + v * normal_pdf(v));
    }
    case 5u: {
      let v = x[i];
      return g * (sigmoid(v) * (1.0 + v * sigmoid(-v)));
    }
    case 6u: {
      let v = x[i];
      return g * select(select(1.0, v / 3.0 + 0.5, v <= 3.0), 0.0, v < -3.0);
    }
    case 7u: { return g * y[i]; }
    case 8u: { return g / x[i]; }
    case 9u: { return g * 0.5 / y[i]; }
    case 10u: { return 2.0 * g * x[i]; }
    case 11u: { return -g; }
    default: { return g * sign(x[i]); }
  }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let first = linear_group(wid, nwg) * WG * PER + li;
  for (var k = 0u; k < PER; k++) {
    let i = first + k * WG;
    if (i < params.n) {
      dx[i] = d(i, dy[i]);
    }
  }
}
