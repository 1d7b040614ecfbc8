// maxpool2d_tiles_backward: gradient of max pooling over windows that neither overlap nor leave gaps.
// maths: dx = dy where the window's index points, 0 in the rest of the window
// shapes: dy, indices [N C, oH, oW], dx [N C, H, W]; rows and columns beyond the last window are left as they are
// invocation: one output at a time: writes its whole window; a workgroup strides over tiles of WG outputs, in one plane or (FLAT) across small planes
// numerics: exact
// source: PyTorch 1.13 MaxPool2d
// uses: lib/divide
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
const KH = 2u;
const KW = 2u;
struct Params {
  limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, inW: u32, inPlane: u32, outW: u32,
  invTilesPerImage: f32, invPlane: f32, invOutW: f32,
}
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
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
      let g = dy[e];
      let at = u32(indices[e]) - corner;
      for (var i = 0u; i < KH; i++) {
        for (var j = 0u; j < KW; j++) {
          let here = i * params.inW + j;
          dx[origin + here] = select(0.0, g, at == here);
        }
      }
    }
  }
}
