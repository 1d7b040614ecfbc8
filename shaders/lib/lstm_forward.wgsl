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
          var v: array<f32, GATES>;
          for (var g = 0u; g < GATES; g++) {
            v[g] = acc[g][0];
            for (var k = 1u; k < ROWS; k++) {
              v[g] = select(v[g], acc[g][k], k == r);
            }
            v[g] += bias[g];
          }
          let at = d * params.gateStride + (row + r) * GATES * H + j;
          let i = gate_sigmoid(gates[at] + v[0]);
          let f = gate_sigmoid(gates[at + H] + v[1]);
          let g = gate_tanh(gates[at + 2u * H] + v[2]);
          let o = gate_sigmoid(gates[at + 3u * H] + v[3]);
          let c = fma(f, gates[cells + (row + r) * H + j], i * g);
          let h = o * gate_tanh(c);
          gates[at] = i;
          gates[at + H] = f;
          gates[at + 2u * H] = g;
          gates[at + 3u * H] = o;
          y[((row + r) * params.dirs + d) * H + j] = h;
          if (final_step) {
            hn[(d * params.batch + first_row + r) * H + j] = h;
            cn[(d * params.batch + first_row + r) * H + j] = c;
          } else {
            entering[states + (next + r) * H + j] = h;
            gates[cells + (next + r) * H + j] = c;
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
