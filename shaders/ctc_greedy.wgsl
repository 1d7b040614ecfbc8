// ctc_greedy: best-path decoding: the likeliest class of each frame, runs collapsed to one, blanks dropped.
// maths: k_t = argmax x_t (the first on a tie); a label is emitted where k_t != blank and k_t != k_{t-1}; log p_t = -log sum_c exp(x_tc - max x_t)
// shapes: logits [T, N, C]; inputLengths, lengths [N]; labels, starts [N, T] (padded with -1); scores [N, 2] = sum, min of log p_t
// invocation: one workgroup an item, eight lanes a frame, WG / 8 frames a round
// numerics: sums in fixed trees; an item without frames scores 0, 0
// source: Graves et al. 2006, section 3.2, https://www.cs.toronto.edu/~graves/icml_2006.pdf
// uses: lib/grid
override WG: u32 = 64;
const LANES = 8u;
const LOWEST: f32 = -3.4e38;
struct Params { T: u32, N: u32, C: u32, blank: u32 }
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> inputLengths: array<i32>;
@group(0) @binding(2) var<storage, read_write> labels: array<i32>;
@group(0) @binding(3) var<storage, read_write> starts: array<i32>;
@group(0) @binding(4) var<storage, read_write> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> scores: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> values: array<f32, WG>;
var<workgroup> places: array<u32, WG>;
var<workgroup> sums: array<f32, WG>;
// The last class of the round before, then the classes of this one.
var<workgroup> classes: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let n = linear_group(wid, nwg);
  if (n >= params.N) {
    return;
  }
  let C = params.C;
  let frames = u32(clamp(inputLengths[n], 0, i32(params.T)));
  let lane = li & (LANES - 1u);
  let slot = li / LANES;
  let first = li - lane;
  let round = WG / LANES;
  if (li == 0u) {
    classes[0] = params.blank;
  }
  var count = 0u;
  var total = 0.0;
  var least = 0.0;
  for (var t0 = 0u; t0 < frames; t0 += round) {
    let t = t0 + slot;
    let live = t < frames;
    let at = (t * params.N + n) * C;
    var best = LOWEST;
    var place = min(lane, C - 1u);
    if (live) {
      for (var c = lane; c < C; c += LANES) {
        let x = logits[at + c];
        if (x > best) {
          best = x;
          place = c;
        }
      }
    }
    values[li] = best;
    places[li] = place;
    workgroupBarrier();
    for (var k = 0u; k < LANES; k++) {
      let x = values[first + k];
      let p = places[first + k];
      if (x > best || (x == best && p < place)) {
        best = x;
        place = p;
      }
    }
    var sum = 0.0;
    if (live) {
      for (var c = lane; c < C; c += LANES) {
        let d = logits[at + c] - best;
        sum += select(exp(d), 0.0, d < -87.0);
      }
    }
    sums[li] = sum;
    if (lane == 0u) {
      classes[slot + 1u] = select(params.blank, place, live);
    }
    workgroupBarrier();
    // Every lane counts all of the round's labels, so that the carry needs no other round trip.
    var before = 0u;
    var all = 0u;
    for (var k = 0u; k < round; k++) {
      let emits = u32(classes[k + 1u] != params.blank && classes[k + 1u] != classes[k]);
      before += select(0u, emits, k < slot);
      all += emits;
    }
    if (lane == 0u && live) {
      let logp = -log(((sums[first] + sums[first + 1u]) + (sums[first + 2u] + sums[first + 3u])) +
                      ((sums[first + 4u] + sums[first + 5u]) + (sums[first + 6u] + sums[first + 7u])));
      total += logp;
      least = min(least, logp);
      if (place != params.blank && place != classes[slot]) {
        labels[n * params.T + count + before] = i32(place);
        starts[n * params.T + count + before] = i32(t);
      }
    }
    count += all;
    workgroupBarrier();
    if (li == 0u) {
      classes[0] = classes[round];
    }
    workgroupBarrier();
  }
  for (var t = count + li; t < params.T; t += WG) {
    labels[n * params.T + t] = -1;
    starts[n * params.T + t] = -1;
  }
  values[li] = least;
  sums[li] = total;
  workgroupBarrier();
  for (var w = WG / 2u; w > 0u; w = w / 2u) {
    if (li < w) {
      sums[li] = sums[li] + sums[li + w];
      values[li] = min(values[li], values[li + w]);
    }
    workgroupBarrier();
  }
  if (li == 0u) {
    lengths[n] = i32(count);
    scores[2u * n] = sums[0];
    scores[2u * n + 1u] = values[0];
  }
}
