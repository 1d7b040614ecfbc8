// Sums of squares that cannot overflow: (e, s) stands for s 2^(2 (e - 127)); e = 255 marks a value that is not finite.
fn scaled_down(e: f32, by: f32) -> f32 {
  let down = min(2u * u32(e - by), 254u);
  return select(bitcast<f32>((127u - down) << 23u), 0.0, down >= 127u);
}

fn scaled_add(a: vec2f, b: vec2f) -> vec2f {
  let e = max(a.x, b.x);
  return vec2f(e, a.y * scaled_down(e, a.x) + b.y * scaled_down(e, b.x));
}
