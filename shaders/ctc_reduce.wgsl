// ctc_reduce: the losses of a batch summed or averaged, and how many items have no alignment.
// maths: y = sum_n w_n loss_n; w_n = 1 (sum) or 1 / (N max(targetLength_n, 1)) (mean); count = sum_n impossible_n
// shapes: loss, impossible, targetLengths [N]; y [], count []
// invocation: one workgroup for everything; an invocation sums every WG-th item
// numerics: fixed tree; with an impossible item y is 1e30, which stands for infinity, or leaves the item out (zeroInfinity)
// source: https://pytorch.org/docs/1.13/generated/torch.nn.CTCLoss.html
override WG: u32 = 64;
struct Params { N: u32, mean: u32, zeroInfinity: u32 }
@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> impossible: array<i32>;
@group(0) @binding(2) var<storage, read> targetLengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> count: array<i32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> sums: array<f32, WG>;
var<workgroup> counts: array<i32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) li: u32) {
  var sum = 0.0;
  var bad = 0;
  // Sixteen at a time: long runs of additions to one number lose digits.
  for (var start = li; start < params.N; start += 16u * WG) {
    var part = 0.0;
    let end = min(start + 16u * WG, params.N);
    for (var n = start; n < end; n += WG) {
      let here = impossible[n];
      bad += here;
      if (here == 0) {
        let weight = f32(max(targetLengths[n], 1));
        part += select(loss[n], loss[n] / weight, params.mean == 1u);
      }
    }
    sum += part;
  }
  sums[li] = sum;
  counts[li] = bad;
  workgroupBarrier();
  for (var w = WG / 2u; w > 0u; w = w / 2u) {
    if (li < w) {
      sums[li] = sums[li] + sums[li + w];
      counts[li] = counts[li] + counts[li + w];
    }
    workgroupBarrier();
  }
  if (li == 0u) {
    let total = select(sums[0], sums[0] / f32(max(params.N, 1u)), params.mean == 1u);
    y[0] = select(total, 1e30, counts[0] > 0 && params.zeroInfinity == 0u);
    count[0] = counts[0];
  }
}
