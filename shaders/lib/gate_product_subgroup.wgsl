// As lib/gate_product; each lane loads another element of the state and a shuffle broadcasts it (CHUNK <= subgroup size).
fn gate_product(acc: ptr<function, array<array<f32, ROWS>, GATES>>, rows: ptr<function, array<u32, ROWS>>, at: u32, lane: u32) {
  let width = GATES * params.hidden;
  let sub = lane % CHUNK;
  let whole = params.hidden - params.hidden % CHUNK;
  for (var k0 = 0u; k0 < whole; k0 += CHUNK) {
    var u: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      u[r] = state_at((*rows)[r] + k0 + sub);
    }
    for (var c = 0u; c < CHUNK; c++) {
      var v: array<f32, GATES>;
      for (var g = 0u; g < GATES; g++) {
        v[g] = w[at + (k0 + c) * width + g * params.hidden];
      }
      for (var r = 0u; r < ROWS; r++) {
        let s = subgroupShuffle(u[r], c);
        for (var g = 0u; g < GATES; g++) {
          (*acc)[g][r] = fma(s, v[g], (*acc)[g][r]);
        }
      }
    }
  }
  for (var k = whole; k < params.hidden; k++) {
    var v: array<f32, GATES>;
    for (var g = 0u; g < GATES; g++) {
      v[g] = w[at + k * width + g * params.hidden];
    }
    for (var r = 0u; r < ROWS; r++) {
      let s = state_at((*rows)[r] + k);
      for (var g = 0u; g < GATES; g++) {
        (*acc)[g][r] = fma(s, v[g], (*acc)[g][r]);
      }
    }
  }
}
