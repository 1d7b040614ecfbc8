// maxpool2d_backward: gradient of max pooling, any windows: each input gathers from the windows that chose it.
// maths: dx[n, c, h, w] = sum of dy[n, c, p, q] over windows p, q with indices[n, c, p, q] = h W + w
// shapes: dy, indices [N C, oH, oW], dx [N C, H, W]
// invocation: one input; it looks only at windows whose span holds it
// numerics: windows in ascending order
// source: PyTorch 1.13 MaxPool2d (its CUDA backward gathers too)
// uses: lib/grid
// uses: lib/divide
override WG: u32 = 64;
override WIDE: u32 = 0;
struct Params {
  size: u32, inH: u32, inW: u32, outH: u32, outW: u32,
  spanH: u32, spanW: u32, strideH: u32, strideW: u32, padT: u32, padL: u32,
  invInH: f32, invInW: f32, invStrideH: f32, invStrideW: f32,
}
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let e = linear_group(wid, nwg) * WG + li;
  if (e >= params.size) {
    return;
  }
  let row = divide(e, params.inW, params.invInW, WIDE == 1u);
  let plane = divide(row, params.inH, params.invInH, WIDE == 1u);
  let h = row - plane * params.inH;
  let w = e - row * params.inW;
  let here = i32(h * params.inW + w);
  // Windows p with p stride - pad <= h < p stride - pad + span, span = (kernel - 1) dilation + 1.
  let y = h + params.padT;
  let x = w + params.padL;
  let pFirst = divide(max(y + params.strideH, params.spanH) - params.spanH, params.strideH, params.invStrideH, WIDE == 1u);
  let qFirst = divide(max(x + params.strideW, params.spanW) - params.spanW, params.strideW, params.invStrideW, WIDE == 1u);
  let pEnd = min(divide(y, params.strideH, params.invStrideH, WIDE == 1u) + 1u, params.outH);
  let qEnd = min(divide(x, params.strideW, params.invStrideW, WIDE == 1u) + 1u, params.outW);
  var sum = 0.0;
  for (var p = pFirst; p < pEnd; p++) {
    for (var q = qFirst; q < qEnd; q++) {
      let o = (plane * params.outH + p) * params.outW + q;
      if (indices[o] == here) {
        sum += dy[o];
      }
    }
  }
  dx[e] = sum;
}
