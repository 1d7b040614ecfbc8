// What every kernel of a convolution is told: sizes, geometry, and inverses for lib/fastdiv; `splits` parts of a weight gradient.
struct Params {
  batch: u32, inC: u32, inH: u32, inW: u32,
  outC: u32, outH: u32, outW: u32,
  kH: u32, kW: u32, strideH: u32, strideW: u32,
  padT: u32, padL: u32, dilH: u32, dilW: u32,
  invTaps: f32, invKW: f32, invOutW: f32, invStrideH: f32, invStrideW: f32, splits: u32,
}
