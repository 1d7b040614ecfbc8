// The gradient that goes back through the recurrent weights: acc[u][r] += sum_q dgate(r, q) * w[q, units[u]].
// `rows` is where each row's gate gradients begin; w is [GATES * H, H], `units` holds each unit's index into its first row.
fn state_product(acc: ptr<function, array<array<f32, ROWS>, UNITS>>, rows: ptr<function, array<u32, ROWS>>, units: ptr<function, array<u32, UNITS>>, lane: u32) {
  for (var q = 0u; q < GATES * params.hidden; q++) {
    var v: array<f32, UNITS>;
    for (var c = 0u; c < UNITS; c++) {
      v[c] = w[(*units)[c] + q * params.hidden];
    }
    for (var r = 0u; r < ROWS; r++) {
      let s = dgate_at((*rows)[r] + q);
      for (var c = 0u; c < UNITS; c++) {
        (*acc)[c][r] = fma(s, v[c], (*acc)[c][r]);
      }
    }
  }
}
