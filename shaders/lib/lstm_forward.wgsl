// One tile of batch rows and one direction of an LSTM layer, through all time steps.
fn state_at(i: u32) -> f32 {
  if (LOCAL == 1u) {
    return local_state[i];
  }
  return entering[i];
}

fn lstm_forward(group: u32, li: u32, lane: u32) {
  let H = params.hidden;
  let d = group % params.dirs;
  let reverse = d == 1u;
  let first_row = (group / params.dirs) * ROWS;
  let count = min(ROWS, params.batch - first_row);
  let cells = params.cellBase + d * params.stateStride;
  let states = d * params.stateStride;

  let start = walk_step(0u, reverse) * params.batch + first_row;
  for (var j = li; j < H; j += WG) {
    for (var r = 0u; r < count; r++) {
      let at = (d * params.batch + first_row + r) * H + j;
      var h = 0.0;
      var c = 0.0;
      if (params.hasH0 == 1u) {
        h = h0[at];
      }
      if (params.hasC0 == 1u) {
        c = c0[at];
      }
      entering[states + (start + r) * H + j] = h;
      gates[cells + (start + r) * H + j] = c;
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
      var cell: array<f32, ROWS>;
      for (var g = 0u; g < GATES; g++) {
        let bias = w[weights + (GATES * H + g) * H];
        for (var r = 0u; r < ROWS; r++) {
          acc[g][r] = gates[d * params.gateStride + ((row + min(r, count - 1u)) * GATES + g) * H + unit] + bias;
        }
      }
      for (var r = 0u; r < ROWS; r++) {
        cell[r] = gates[cells + (row + min(r, count - 1u)) * H + unit];
      }
      if (s > 0u || params.hasH0 == 1u) {
        gate_product(&acc, &rows, weights, lane);
      }
      if (j < H) {
        var out: array<f32, ROWS>;
        for (var r = 0u; r < ROWS; r++) {
          let b = min(r, count - 1u);
          let i = gate_sigmoid(acc[0][r]);
          let f = gate_sigmoid(acc[1][r]);
          let g = gate_tanh(acc[2][r]);
          let o = gate_sigmoid(acc[3][r]);
          let c = fma(f, cell[r], i * g);
          let h = o * gate_tanh(c);
          let at = d * params.gateStride + (row + b) * GATES * H + j;
          gates[at] = i;
          gates[at + H] = f;
          gates[at + 2u * H] = g;
          gates[at + 3u * H] = o;
          y[((row + b) * params.dirs + d) * H + j] = h;
          cell[r] = c;
          out[r] = h;
        }
        if (final_step) {
          for (var r = 0u; r < ROWS; r++) {
            let at = (d * params.batch + first_row + min(r, count - 1u)) * H + j;
            hn[at] = out[r];
            cn[at] = cell[r];
          }
        } else {
          for (var r = 0u; r < ROWS; r++) {
            let at = (next + min(r, count - 1u)) * H + j;
            entering[states + at] = out[r];
            gates[cells + at] = cell[r];
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
