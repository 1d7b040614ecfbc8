// Exact u32 division without the integer divider, which software adapters run lane by lane: two steps of a float reciprocal leave a
// quotient that is off by at most one, and the remainder says which way. Holds for every n below 2^31 and every d from 1 to 2^30.
fn quotient(n: u32, d: u32) -> u32 {
  // Signed conversions: x86 has an instruction for those and not for unsigned ones.
  let m = i32(d);
  let inverse = 1.0 / f32(m);
  var q = i32(f32(i32(n)) * inverse);
  var r = i32(n) - q * m;
  let fix = i32(f32(r) * inverse);
  q += fix;
  r -= fix * m;
  return u32(q + select(0, 1, r >= m) - select(0, 1, r < 0));
}
