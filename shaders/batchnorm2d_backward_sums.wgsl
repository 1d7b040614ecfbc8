// batchnorm2d_backward_sums: the two sums over each channel that its gradient needs, one pair a part of its elements.
// maths: sum g and sum g xhat, xhat = (x - mean) inv; g = dy, or dy where the fused ReLU let y through
// shapes: x, dy [N, C, P], stats [4, C], parts [S, C, 2]; parts as in batchnorm2d_stats
// invocation: ITEMS elements at a time, WG apart; a tile of WG * ITEMS lies in one plane, or (FLAT) spans the channel's small planes
// numerics: sums of ITEMS values, of a lane, of a workgroup, in this order; the ReLU's mask is recomputed from x
// source: Ioffe and Szegedy 2015, arXiv:1502.03167
// uses: lib/divide
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
override RELU: u32 = 0;
const ITEMS = 4u;
const FAN = 8u;
struct Params {
  channels: u32, stride: u32, limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, skip: u32, invTilesPerImage: f32, invPlane: f32,
  per: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> sharedG: array<f32, WG>;
var<workgroup> sharedGx: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let c = wid.y + wid.z * nwg.y;
  let known = min(c, params.channels - 1u);
  let mean = stats[known];
  let inv = stats[params.channels + known];
  let scale = stats[2u * params.channels + known];
  let beta = stats[3u * params.channels + known];
  let end = select(0u, min((wid.x + 1u) * params.per, params.tiles), c < params.channels);
  let origin = c * params.plane;
  var sumG = 0.0;
  var sumGx = 0.0;
  for (var tile = wid.x * params.per; tile < end; tile++) {
    let image = divide(tile, params.tilesPerImage, params.invTilesPerImage, WIDE == 1u);
    let first = (tile - image * params.tilesPerImage) * (WG * ITEMS) + li;
    let start = origin + image * params.stride;
    var partG = 0.0;
    var partGx = 0.0;
    for (var j = 0u; j < ITEMS; j++) {
      let e = min(first + j * WG, params.limit - 1u);
      var at = start + e;
      if (FLAT == 1u) {
        at += divide(e, params.plane, params.invPlane, WIDE == 1u) * params.skip;
      }
      let d = x[at] - mean;
      // Not short-circuited: branches cost more than the comparison.
      let live = (first + j * WG < params.limit) & ((RELU == 0u) | (fma(d, scale, beta) > 0.0));
      let g = select(0.0, dy[at], live);
      partG += g;
      partGx = fma(g, d, partGx);
    }
    sumG += partG;
    sumGx += partGx;
  }
  sharedG[li] = sumG;
  sharedGx[li] = sumGx;
  workgroupBarrier();
  if (li < FAN) {
    for (var i = li + FAN; i < WG; i += FAN) {
      sumG += sharedG[i];
      sumGx += sharedGx[i];
    }
    sharedG[li] = sumG;
    sharedGx[li] = sumGx;
  }
  workgroupBarrier();
  if (li == 0u && c < params.channels) {
    for (var i = 1u; i < FAN; i++) {
      sumG += sharedG[i];
      sumGx += sharedGx[i];
    }
    let o = (wid.x * params.channels + c) * 2u;
    parts[o] = sumG;
    parts[o + 1u] = sumGx * inv;
  }
}
