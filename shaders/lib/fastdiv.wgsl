// Division of small non-negative integers by a small positive one through f32: exact for a < 2^21, where integer
// division is emulated (or scalarised, as on CPUs).
fn fast_div(a: u32, inverse: f32) -> u32 {
  return u32((f32(a) + 0.5) * inverse);
}
