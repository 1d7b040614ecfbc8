// maxpool2d_tiles: max pooling over windows that neither overlap nor leave gaps (stride = kernel, no padding).
// maths: y[n, c, p, q] = max over i < KH, j < KW of x[n, c, p KH + i, q KW + j]; indices = h W + w of the first maximum
// shapes: x [N C, H, W], y, indices [N C, oH, oW]
// invocation: one output at a time, its window in registers; a workgroup strides over tiles of WG outputs, in one plane or (FLAT) across small planes
// numerics: exact; NaN wins over everything
// source: PyTorch 1.13 MaxPool2d (ties and NaN)
// uses: lib/divide
// uses: lib/nan
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
const KH = 2u;
const KW = 2u;
struct Params {
  limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, inW: u32, inPlane: u32, outW: u32,
  invTilesPerImage: f32, invPlane: f32, invOutW: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  for (var tile = wid.x; tile < params.tiles; tile += nwg.x) {
    var image = divide(tile, params.tilesPerImage, params.invTilesPerImage, WIDE == 1u);
    var p = (tile - image * params.tilesPerImage) * WG + li;
    if (p < params.limit) {
      if (FLAT == 1u) {
        image = divide(p, params.plane, params.invPlane, WIDE == 1u);
        p -= image * params.plane;
      }
      let e = image * params.plane + p;
      let row = divide(p, params.outW, params.invOutW, WIDE == 1u);
      let corner = row * KH * params.inW + (p - row * params.outW) * KW;
      let origin = image * params.inPlane + corner;
      var v: array<f32, KH * KW>;
      for (var i = 0u; i < KH; i++) {
        for (var j = 0u; j < KW; j++) {
          v[i * KW + j] = x[origin + i * params.inW + j];
        }
      }
      var best = v[0];
      var at = 0u;
      for (var i = 0u; i < KH; i++) {
        for (var j = 0u; j < KW; j++) {
          let t = v[i * KW + j];
          let better = (t > best) | (is_nan(t) & !is_nan(best));
          best = select(best, t, better);
          at = select(at, i * params.inW + j, better);
        }
      }
      y[e] = best;
      indices[e] = i32(corner + at);
    }
  }
}
