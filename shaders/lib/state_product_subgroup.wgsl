// As lib/state_product; each lane loads another gate gradient and a shuffle broadcasts it (CHUNK = 4 QUADS <= subgroup size);
// w has zeros up to a multiple of CHUNK rows.
fn state_product(acc: ptr<function, array<array<f32, ROWS>, UNITS>>, rows: ptr<function, array<u32, ROWS>>, units: ptr<function, array<u32, UNITS>>, lane: u32) {
  let count = GATES * params.hidden;
  let sub = lane % CHUNK;
  for (var q0 = 0u; q0 < count; q0 += CHUNK) {
    var g: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      g[r] = dgate_at((*rows)[r] + min(q0 + sub, count - 1u));
    }
    for (var k = 0u; k < QUADS; k++) {
      var v: array<vec4f, UNITS>;
      for (var c = 0u; c < UNITS; c++) {
        v[c] = w[(*units)[c] + (q0 / 4u + k) * params.hidden];
      }
      for (var i = 0u; i < 4u; i++) {
        for (var r = 0u; r < ROWS; r++) {
          let s = subgroupShuffle(g[r], 4u * k + i);
          for (var c = 0u; c < UNITS; c++) {
            (*acc)[c][r] = fma(s, v[c][i], (*acc)[c][r]);
          }
        }
      }
    }
  }
}
