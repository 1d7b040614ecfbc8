// batchnorm2d_stats: count, mean and sum of squared deviations of each channel, one triple a part of its elements.
// maths: mean = sum x / n, m2 = sum (x - mean)^2 over the part
// shapes: x [N, C, P], parts [S, C, 3] = n, mean, m2; part s of a channel is its tiles s per .. (s + 1) per - 1
// invocation: ITEMS elements at a time, WG apart; a tile of WG * ITEMS lies in one plane, or (FLAT) spans the channel's small planes
// numerics: exact two-pass moments of ITEMS values, joined without cancellation; the order is fixed
// source: Chan, Golub, LeVeque 1979, Updating formulae and a pairwise algorithm for computing sample variances
// uses: lib/divide
// uses: lib/moments
override WG: u32 = 64;
override FLAT: u32 = 0;
override WIDE: u32 = 0;
const ITEMS = 4u;
const FAN = 8u;
struct Params {
  channels: u32, stride: u32, limit: u32, tiles: u32, tilesPerImage: u32, plane: u32, skip: u32, invTilesPerImage: f32, invPlane: f32,
  per: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> sharedN: array<f32, WG>;
var<workgroup> sharedMean: array<f32, WG>;
var<workgroup> sharedM2: array<f32, WG>;

fn put(i: u32, m: Moments) {
  sharedN[i] = m.n;
  sharedMean[i] = m.mean;
  sharedM2[i] = m.m2;
}

fn take(i: u32) -> Moments {
  return Moments(sharedN[i], sharedMean[i], sharedM2[i]);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let c = wid.y + wid.z * nwg.y;
  let end = select(0u, min((wid.x + 1u) * params.per, params.tiles), c < params.channels);
  let origin = c * params.plane;
  var total = Moments(0.0, 0.0, 0.0);
  for (var tile = wid.x * params.per; tile < end; tile++) {
    let image = divide(tile, params.tilesPerImage, params.invTilesPerImage, WIDE == 1u);
    let first = (tile - image * params.tilesPerImage) * (WG * ITEMS) + li;
    let start = origin + image * params.stride;
    var v: array<f32, ITEMS>;
    var n = 0.0;
    var sum = 0.0;
    for (var j = 0u; j < ITEMS; j++) {
      let e = min(first + j * WG, params.limit - 1u);
      var at = start + e;
      if (FLAT == 1u) {
        at += divide(e, params.plane, params.invPlane, WIDE == 1u) * params.skip;
      }
      v[j] = x[at];
      let inside = first + j * WG < params.limit;
      n += select(0.0, 1.0, inside);
      sum += select(0.0, v[j], inside);
    }
    let mean = sum / max(n, 1.0);
    var m2 = 0.0;
    for (var j = 0u; j < ITEMS; j++) {
      let d = select(0.0, v[j] - mean, first + j * WG < params.limit);
      m2 = fma(d, d, m2);
    }
    total = join(total, Moments(n, mean, m2));
  }
  put(li, total);
  workgroupBarrier();
  if (li < FAN) {
    for (var i = li + FAN; i < WG; i += FAN) {
      total = join(total, take(i));
    }
    put(li, total);
  }
  workgroupBarrier();
  if (li == 0u && c < params.channels) {
    for (var i = 1u; i < FAN; i++) {
      total = join(total, take(i));
    }
    let o = (wid.x * params.channels + c) * 3u;
    parts[o] = total.n;
    parts[o + 1u] = total.mean;
    parts[o + 2u] = total.m2;
  }
}
