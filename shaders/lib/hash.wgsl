// A 32-bit mixer with low bias (Ellis 2018, https://nullprogram.com/blog/2018/07/31/), the base of the counter-based generator.
fn mix(v: u32) -> u32 {
  var h = v;
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  return h ^ (h >> 16u);
}

// 32 random bits of element `index` at `step` of the stream `seed`: the same on every adapter, in any order.
fn random_bits(seed: u32, step: u32, index: u32) -> u32 {
  let key = mix(mix(seed + 0x9e3779b9u) ^ step);
  return mix(mix(index ^ key) + (key >> 7u) + 0x85ebca6bu);
}
