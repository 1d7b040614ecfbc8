// Activations that stay finite and accurate on every driver. exp() of a large argument overflows differently from driver to driver, and
// tanh() of a small one loses its relative accuracy, so both are only used where they are good. NaN goes through.
fn sigmoid(x: f32) -> f32 {
  let a = abs(x);
  let e = select(exp(-a), 0.0, a > 87.0);
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// Below 0.25 the Taylor series (next term 9e-9 relative), above it 1 - 2 / (e^2|x| + 1): at most 3 units in the last place.
fn tanh_stable(x: f32) -> f32 {
  let s = x * x;
  let series = x - x * s * (0.33333334 - s * (0.13333334 - s * (0.053968254 - s * 0.021869488)));
  let a = abs(x);
  let t = select(1.0 - 2.0 / (exp(2.0 * a) + 1.0), 1.0, a > 10.0);
  return select(sign(x) * t, series, a < 0.25);
}

// Standard normal distribution function through erfc, relative error 2e-7 in both tails (Numerical Recipes, erfcc).
fn normal_cdf(x: f32) -> f32 {
  let z = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.5 * z);
  let p = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
    + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = select(0.5 * t * exp(p - z * z), 0.0, z > 9.3);
  return select(tail, 1.0 - tail, x >= 0.0);
}

fn normal_pdf(x: f32) -> f32 {
  return select(0.39894228 * exp(-0.5 * x * x), 0.0, abs(x) > 13.2);
}
