// As lib/state_product; each lane loads another gate gradient and a shuffle broadcasts it (CHUNK <= subgroup size).
fn state_product(acc: ptr<function, array<array<f32, ROWS>, UNITS>>, rows: ptr<function, array<u32, ROWS>>, units: ptr<function, array<u32, UNITS>>, lane: u32) {
  let count = GATES * params.hidden;
  let sub = lane % CHUNK;
  let whole = count - count % CHUNK;
  for (var q0 = 0u; q0 < whole; q0 += CHUNK) {
    var g: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      g[r] = dgate_at((*rows)[r] + q0 + sub);
    }
    for (var k = 0u; k < CHUNK; k++) {
      var v: array<f32, UNITS>;
      for (var c = 0u; c < UNITS; c++) {
        v[c] = w[(*units)[c] + (q0 + k) * params.hidden];
      }
      for (var r = 0u; r < ROWS; r++) {
        let s = subgroupShuffle(g[r], k);
        for (var c = 0u; c < UNITS; c++) {
          (*acc)[c][r] = fma(s, v[c], (*acc)[c][r]);
        }
      }
    }
  }
  for (var q = whole; q < count; q++) {
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
