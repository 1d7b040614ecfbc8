// One tile of batch rows and one direction of a GRU layer, back through all time steps.
fn dgate_at(i: u32) -> f32 {
  if (LOCAL == 1u) {
    return local_state[i];
  }
  return dinner[i];
}

fn gru_backward(group: u32, li: u32, lane: u32) {
  let H = params.hidden;
  let width = GATES * H;
  let d = group % params.dirs;
  let reverse = d == 1u;
  let first_row = (group / params.dirs) * ROWS;
  let count = min(ROWS, params.batch - first_row);
  let inner = params.cellBase + d * params.stateStride;
  let carry = (d * params.batch + first_row) * H;

  for (var s = 0u; s < params.steps; s++) {
    let row = walk_step(s, !reverse) * params.batch + first_row;
    for (var j = li; j < H; j += WG) {
      for (var r = 0u; r < count; r++) {
        let at = d * params.gateStride + (row + r) * width + j;
        let here = (row + r) * H + j;
        let rg = gates[at];
        let z = gates[at + H];
        let n = gates[at + 2u * H];
        let q = gates[inner + here];
        let before = entering[d * params.stateStride + here];
        var gh = 0.0;
        if (s > 0u || params.hasDh == 1u) {
          gh = dh[carry + r * H + j];
        }
        if (params.hasDy == 1u) {
          gh += dy[((row + r) * params.dirs + d) * H + j];
        }
        let dn = gh * (1.0 - z) * (1.0 - n * n);
        let dz = gh * (before - n) * z * (1.0 - z);
        let dr = dn * q * rg * (1.0 - rg);
        let dq = dn * rg;
        gates[at] = dr;
        gates[at + H] = dz;
        gates[at + 2u * H] = dn;
        dinner[at] = dr;
        dinner[at + H] = dz;
        dinner[at + 2u * H] = dq;
        if (LOCAL == 1u) {
          local_state[r * width + j] = dr;
          local_state[r * width + H + j] = dz;
          local_state[r * width + 2u * H + j] = dq;
        }
        dh[carry + r * H + j] = gh * z;
      }
    }
    state_barrier();
    var rows: array<u32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      let b = min(r, count - 1u);
      rows[r] = select(d * params.gateStride + (row + b) * width, b * width, LOCAL == 1u);
    }
    for (var j0 = 0u; j0 < H; j0 += WG * UNITS) {
      var units: array<u32, UNITS>;
      var acc: array<array<f32, ROWS>, UNITS>;
      for (var c = 0u; c < UNITS; c++) {
        units[c] = d * params.wStride + min(j0 + c * WG + li, H - 1u);
        for (var r = 0u; r < ROWS; r++) {
          acc[c][r] = 0.0;
        }
      }
      state_product(&acc, &rows, &units, lane);
      for (var c = 0u; c < UNITS; c++) {
        let j = j0 + c * WG + li;
        if (j < H) {
          // A loop that drivers do not unroll: one store to compile, not ROWS.
          for (var r = 0u; r < count; r++) {
            var v = acc[c][0];
            for (var k = 1u; k < ROWS; k++) {
              v = select(v, acc[c][k], k == r);
            }
            dh[carry + r * H + j] += v;
          }
        }
      }
    }
    if (LOCAL == 1u) {
      state_barrier();
    }
  }
}
