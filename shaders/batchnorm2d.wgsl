// batchnorm2d: normalises each channel with known statistics, fused ReLU.
// maths: y = act((x - mean[c]) scale[c] + beta[c]), scale = gamma / sqrt(var + eps)
// shapes: x, y [N, C, P], stats [4, C] = mean, inv, scale, beta
// invocation: ITEMS elements at a time, WG apart; a tile of WG * ITEMS lies in one plane, or (FLAT) spans the channel's small planes
// numerics: centred before scaling, so that a large mean costs no more digits than it must
// source: Ioffe and Szegedy 2015, arXiv:1502.03167
// uses: lib/divide
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
override RELU: u32 = 0;
const ITEMS = 4u;
struct Params {
  channels: u32, stride: u32, limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, skip: u32, invTilesPerImage: f32, invPlane: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let c = wid.y + wid.z * nwg.y;
  if (c >= params.channels) {
    return;
  }
  let mean = stats[c];
  let scale = stats[2u * params.channels + c];
  let beta = stats[3u * params.channels + c];
  let origin = c * params.plane;
  for (var tile = wid.x; tile < params.tiles; tile += nwg.x) {
    let image = divide(tile, params.tilesPerImage, params.invTilesPerImage, WIDE == 1u);
    let first = (tile - image * params.tilesPerImage) * (WG * ITEMS) + li;
    let start = origin + image * params.stride;
    // All loads before all stores: they overlap.
    var at: array<u32, ITEMS>;
    var v: array<f32, ITEMS>;
    for (var j = 0u; j < ITEMS; j++) {
      let e = min(first + j * WG, params.limit - 1u);
      at[j] = start + e;
      if (FLAT == 1u) {
        at[j] += divide(e, params.plane, params.invPlane, WIDE == 1u) * params.skip;
      }
      v[j] = x[at[j]];
    }
    for (var j = 0u; j < ITEMS; j++) {
      if (first + j * WG < params.limit) {
        let value = fma(v[j] - mean, scale, beta);
        y[at[j]] = select(value, 0.0, (RELU == 1u) & (value < 0.0));
      }
    }
  }
}
