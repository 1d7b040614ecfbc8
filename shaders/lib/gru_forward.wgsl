// One tile of batch rows and one direction of a GRU layer, through all time steps.
fn state_at(i: u32) -> f32 {
  if (LOCAL == 1u) {
    return local_state[i];
  }
  return entering[i];
}

fn gru_forward(group: u32, li: u32, lane: u32) {
  let H = params.hidden;
  let d = group % params.dirs;
  let reverse = d == 1u;
  let first_row = (group / params.dirs) * ROWS;
  let count = min(ROWS, params.batch - first_row);
  let inner = params.cellBase + d * params.stateStride;
  let states = d * params.stateStride;

  let start = walk_step(0u, reverse) * params.batch + first_row;
  for (var j = li; j < H; j += WG) {
    for (var r = 0u; r < count; r++) {
      var h = 0.0;
      if (params.hasH0 == 1u) {
        h = h0[(d * params.batch + first_row + r) * H + j];
      }
      entering[states + (start + r) * H + j] = h;
      if (LOCAL == 1u) {
        local_state[r * H + j] = h;
      }
    }
  }
  state_barrier();

  for (var s = 0u; s < params.steps; s++) {
    let t = walk_step(s, reverse);
    let final_step = s + 1u == params.steps;
    let row = t * params.batch + first_row;
    let next = walk_step(min(s + 1u, params.steps - 1u), reverse) * params.batch + first_row;
    var rows: array<u32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      let b = min(r, count - 1u);
      rows[r] = select(states + (row + b) * H, b * H, LOCAL == 1u);
    }
    for (var j0 = 0u; j0 < H; j0 += WG) {
      let j = j0 + li;
      let unit = min(j, H - 1u);
      let weights = d * params.wStride + unit;
      // Rows past the tile's end repeat its last one, so that nothing below branches on them.
      var acc: array<array<f32, ROWS>, GATES>;
      var from_x: array<f32, ROWS>;
      for (var g = 0u; g < GATES; g++) {
        let bias = w[weights + (GATES * H + g) * H];
        for (var r = 0u; r < ROWS; r++) {
          let v = gates[d * params.gateStride + ((row + min(r, count - 1u)) * GATES + g) * H + unit];
          if (g == 2u) {
            from_x[r] = v;
            acc[g][r] = bias;
          } else {
            acc[g][r] = v + bias;
          }
        }
      }
      var before: array<f32, ROWS>;
      for (var r = 0u; r < ROWS; r++) {
        before[r] = entering[states + (row + min(r, count - 1u)) * H + unit];
      }
      if (s > 0u || params.hasH0 == 1u) {
        gate_product(&acc, &rows, weights, lane);
      }
      if (j < H) {
        for (var r = 0u; r < ROWS; r++) {
          let b = min(r, count - 1u);
          let rg = gate_sigmoid(acc[0][r]);
          let z = gate_sigmoid(acc[1][r]);
          let n = gate_tanh(fma(rg, acc[2][r], from_x[r]));
          let h = fma(z, before[r] - n, n);
          let at = d * params.gateStride + (row + b) * GATES * H + j;
          gates[at] = rg;
          gates[at + H] = z;
          gates[at + 2u * H] = n;
          gates[inner + (row + b) * H + j] = acc[2][r];
          y[((row + b) * params.dirs + d) * H + j] = h;
          before[r] = h;
        }
        if (final_step) {
          for (var r = 0u; r < ROWS; r++) {
            hn[(d * params.batch + first_row + min(r, count - 1u)) * H + j] = before[r];
          }
        } else {
          for (var r = 0u; r < ROWS; r++) {
            entering[states + (next + min(r, count - 1u)) * H + j] = before[r];
          }
        }
      }
    }
    state_barrier();
    if (LOCAL == 1u && !final_step) {
      for (var j = li; j < H; j += WG) {
        for (var r = 0u; r < count; r++) {
          local_state[r * H + j] = entering[states + (next + r) * H + j];
        }
      }
      state_barrier();
    }
  }
}
