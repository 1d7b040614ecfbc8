// Division of indices by a size through f32, exact for a < 2^21; `wide` (fixed at pipeline creation) takes the integer
// division instead, which CPUs scalarise and GPUs emulate.
fn divide(a: u32, d: u32, inverse: f32, wide: bool) -> u32 {
  if (wide) {
    return a / d;
  }
  return u32((f32(a) + 0.5) * inverse);
}
