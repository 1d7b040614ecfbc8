// Count, mean and sum of squared deviations of a set, and their union (Chan, Golub and LeVeque 1979): no cancellation
// however far the mean lies from zero.
struct Moments { n: f32, mean: f32, m2: f32 }

fn join(a: Moments, b: Moments) -> Moments {
  let n = a.n + b.n;
  let share = select(0.0, b.n / n, n > 0.0);
  let delta = b.mean - a.mean;
  return Moments(n, fma(delta, share, a.mean), a.m2 + b.m2 + delta * delta * a.n * share);
}
