// maxpool2d: the largest value of each window, and where it lies.
// maths: y[n, c, p, q] = max over i, j of x[n, c, p stride - pad + i dilation, ...]; indices = h W + w of the first maximum
// shapes: x [N C, H, W], y, indices [N C, oH, oW]
// invocation: one output
// numerics: exact; padding is never looked at, NaN wins over everything; a window of padding alone gives -infinity and index -1
// source: PyTorch 1.13 MaxPool2d (ties and NaN)
// uses: lib/grid
// uses: lib/divide
// uses: lib/nan
override WG: u32 = 64;
override WIDE: u32 = 0;
struct Params {
  size: u32, inH: u32, inW: u32, outH: u32, outW: u32,
  kH: u32, kW: u32, strideH: u32, strideW: u32, padT: i32, padL: i32, dilH: u32, dilW: u32,
  invOutH: f32, invOutW: f32, lowest: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let e = linear_group(wid, nwg) * WG + li;
  if (e >= params.size) {
    return;
  }
  let row = divide(e, params.outW, params.invOutW, WIDE == 1u);
  let plane = divide(row, params.outH, params.invOutH, WIDE == 1u);
  let top = i32((row - plane * params.outH) * params.strideH) - params.padT;
  let left = i32((e - row * params.outW) * params.strideW) - params.padL;
  let origin = plane * params.inH * params.inW;
  var best = params.lowest;
  var at = -1;
  for (var i = 0u; i < params.kH; i++) {
    let h = top + i32(i * params.dilH);
    for (var j = 0u; j < params.kW; j++) {
      let w = left + i32(j * params.dilW);
      let inside = (u32(h) < params.inH) & (u32(w) < params.inW);
      let here = select(0, h * i32(params.inW) + w, inside);
      let v = x[origin + u32(here)];
      let better = inside & ((at < 0) | (v > best) | (is_nan(v) & !is_nan(best)));
      best = select(best, v, better);
      at = select(at, here, better);
    }
  }
  y[e] = best;
  indices[e] = at;
}
