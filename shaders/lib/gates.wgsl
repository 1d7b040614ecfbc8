// Gate functions that keep float32 accuracy at both ends: drivers overflow exp and lose tanh near zero. NaN goes through (min and clamp drop it).
fn gate_sigmoid(x: f32) -> f32 {
  return select(1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0))), x, is_nan(x));
}

fn gate_tanh(x: f32) -> f32 {
  let a = min(abs(x), 12.0);
  let z = a * a;
  // Cephes tanhf: a minimax polynomial below 0.625, the exponential form above.
  var p = fma(-5.70498872745e-3, z, 2.06390887954e-2);
  p = fma(p, z, -5.37397155531e-2);
  p = fma(p, z, 1.33314422036e-1);
  p = fma(p, z, -3.33332819422e-1);
  let near = fma(p * z, a, a);
  let far = 1.0 - 2.0 / (exp(2.0 * a) + 1.0);
  return select(select(far, near, a < 0.625) * sign(x), x, is_nan(x));
}
