// Where element i of a walk over up to six dimensions lies in two strided operands. The including kernel declares `override RANK` and
// the Params fields s0..s4 (sizes, innermost first), a0..a5 and b0..b5 (strides; a negative one wraps, which adds up right).
fn walk(i: u32) -> vec2u {
  if (RANK == 1u) {
    return i * vec2u(params.a0, params.b0);
  }
  var rest = quotient(i, params.s0);
  var at = (i - rest * params.s0) * vec2u(params.a0, params.b0);
  if (RANK == 2u) {
    return at + rest * vec2u(params.a1, params.b1);
  }
  var q = quotient(rest, params.s1);
  at += (rest - q * params.s1) * vec2u(params.a1, params.b1);
  if (RANK == 3u) {
    return at + q * vec2u(params.a2, params.b2);
  }
  rest = quotient(q, params.s2);
  at += (q - rest * params.s2) * vec2u(params.a2, params.b2);
  if (RANK == 4u) {
    return at + rest * vec2u(params.a3, params.b3);
  }
  q = quotient(rest, params.s3);
  at += (rest - q * params.s3) * vec2u(params.a3, params.b3);
  if (RANK == 5u) {
    return at + q * vec2u(params.a4, params.b4);
  }
  rest = quotient(q, params.s4);
  at += (q - rest * params.s4) * vec2u(params.a4, params.b4);
  return at + rest * vec2u(params.a5, params.b5);
}
