// The gradient that goes back through the recurrent weights: acc[u][r] += sum_q dgate(r, q) * w[q, units[u]].
// `rows` is where each row's gate gradients begin; w holds four rows q of [GATES * H, H] side by side, one load, zeros past the last;
// `units` holds each unit's index into the first four.
fn state_product(acc: ptr<function, array<array<f32, ROWS>, UNITS>>, rows: ptr<function, array<u32, ROWS>>, units: ptr<function, array<u32, UNITS>>, lane: u32) {
  let count = GATES * params.hidden;
  for (var q = 0u; q < count; q += 4u) {
    var v: array<vec4f, UNITS>;
    for (var c = 0u; c < UNITS; c++) {
      v[c] = w[(*units)[c] + q / 4u * params.hidden];
    }
    for (var r = 0u; r < ROWS; r++) {
      for (var i = 0u; i < 4u; i++) {
        let s = dgate_at((*rows)[r] + min(q + i, count - 1u));
        for (var c = 0u; c < UNITS; c++) {
          (*acc)[c][r] = fma(s, v[c][i], (*acc)[c][r]);
        }
      }
    }
  }
}
