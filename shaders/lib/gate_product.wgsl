// Products of the entering state with every gate's weights: acc[g][r] += sum_k state(r, k) * w[k, j][g].
// `rows` is where each row's state begins, `at` is the weights of unit j in row 0 of w, whose gates lie side by side: one load.
fn gate_product(acc: ptr<function, array<array<f32, ROWS>, GATES>>, rows: ptr<function, array<u32, ROWS>>, at: u32, lane: u32) {
  for (var k = 0u; k < params.hidden; k++) {
    let v = w[at + k * params.hidden];
    for (var r = 0u; r < ROWS; r++) {
      let s = state_at((*rows)[r] + k);
      for (var g = 0u; g < GATES; g++) {
        (*acc)[g][r] = fma(s, v[g], (*acc)[g][r]);
      }
    }
  }
}
