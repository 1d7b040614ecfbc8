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
      let weights = d * params.wStride + min(j, H - 1u);
      var acc: array<array<f32, ROWS>, GATES>;
      for (var g = 0u; g < GATES; g++) {
        for (var r = 0u; r < ROWS; r++) {
          acc[g][r] = 0.0;
        }
      }
      if (s > 0u || params.hasH0 == 1u) {
        gate_product(&acc, &rows, weights, lane);
      }
      if (j < H) {
        let bias = w[weights + H * H];
        // A loop that drivers do not unroll: ROWS copies of the gates compile in seconds. Selecting keeps acc in registers.
        for (var r = 0u; r < count; r++) {
          var v = bias;
          for (var g = 0u; g < GATES; g++) {
            var sum = acc[g][0];
            for (var k = 1u; k < ROWS; k++) {
              sum = select(sum, acc[g][k], k == r);
            }
            v[g] += sum;
          }
          lstm_cell(v, r, j, d, first_row, row, next, final_step);
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
