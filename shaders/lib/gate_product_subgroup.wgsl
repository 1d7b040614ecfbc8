// As lib/gate_product; each lane loads another element of the state and a shuffle broadcasts it (CHUNK <= subgroup size).
fn gate_product(acc: ptr<function, array<array<f32, ROWS>, GATES>>, rows: ptr<function, array<u32, ROWS>>, at: u32, lane: u32) {
  let sub = lane % CHUNK;
  let whole = params.hidden - params.hidden % CHUNK;
  for (var k0 = 0u; k0 < whole; k0 += CHUNK) {
    var u: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      u[r] = state_at((*rows)[r] + k0 + sub);
    }
    for (var c = 0u; c < CHUNK; c++) {
      let v = w[at + (k0 + c) * params.hidden];
      for (var r = 0u; r < ROWS; r++) {
        let s = subgroupShuffle(u[r], c);
        for (var g = 0u; g < GATES; g++) {
          (*acc)[g][r] = fma(s, v[g], (*acc)[g][r]);
        }
      }
    }
  }
  for (var k = whole; k < params.hidden; k++) {
    let v = w[at + k * params.hidden];
    for (var r = 0u; r < ROWS; r++) {
      let s = state_at((*rows)[r] + k);
      for (var g = 0u; g < GATES; g++) {
        (*acc)[g][r] = fma(s, v[g], (*acc)[g][r]);
      }
    }
  }
}
