// batchnorm2d_backward: the gradient of x through batch normalisation and its fused ReLU.
// maths: dx = scale (g - mean(g) - xhat mean(g xhat)); with running statistics (TRAINING 0): dx = scale g
// shapes: x, dy, dx [N, C, P], stats [4, C], means [2, C] = mean(g), inv mean(g xhat)
// invocation: ITEMS elements at a time, WG apart; a tile of WG * ITEMS lies in one plane, or (FLAT) spans the channel's small planes
// numerics: the ReLU's mask is recomputed from x by the expression of the forward kernel
// source: Ioffe and Szegedy 2015, arXiv:1502.03167
// uses: lib/divide
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
override RELU: u32 = 0;
override TRAINING: u32 = 1;
const ITEMS = 4u;
struct Params {
  channels: u32, stride: u32, limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, skip: u32, invTilesPerImage: f32, invPlane: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> means: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
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
  var meanG = 0.0;
  var slope = 0.0;
  if (TRAINING == 1u) {
    meanG = means[c];
    slope = means[params.channels + c];
  }
  let origin = c * params.plane;
  for (var tile = wid.x; tile < params.tiles; tile += nwg.x) {
    let image = divide(tile, params.tilesPerImage, params.invTilesPerImage, WIDE == 1u);
    let first = (tile - image * params.tilesPerImage) * (WG * ITEMS) + li;
    let start = origin + image * params.stride;
    // All loads before all stores: they overlap.
    var at: array<u32, ITEMS>;
    var g: array<f32, ITEMS>;
    var d: array<f32, ITEMS>;
    for (var j = 0u; j < ITEMS; j++) {
      let e = min(first + j * WG, params.limit - 1u);
      at[j] = start + e;
      if (FLAT == 1u) {
        at[j] += divide(e, params.plane, params.invPlane, WIDE == 1u) * params.skip;
      }
      g[j] = dy[at[j]];
      if (TRAINING == 1u || RELU == 1u) {
        d[j] = x[at[j]] - mean;
      }
    }
    for (var j = 0u; j < ITEMS; j++) {
      if (first + j * WG < params.limit) {
        // Not short-circuited: branches cost more than the comparison.
        let live = (RELU == 0u) | (fma(d[j], scale, beta) > 0.0);
        var value = select(0.0, g[j], live);
        if (TRAINING == 1u) {
          value -= fma(d[j], slope, meanG);
        }
        dx[at[j]] = scale * value;
      }
    }
  }
}
