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
          let rg = gate_sigmoid(gates[at] + v[0]);
          let z = gate_sigmoid(gates[at + H] + v[1]);
          let n = gate_tanh(fma(rg, v[2], gates[at + 2u * H]));
          let h = fma(z, entering[states + (row + r) * H + j] - n, n);
          gates[at] = rg;
          gates[at + H] = z;
          gates[at + 2u * H] = n;
          gates[inner + (row + r) * H + j] = v[2];
          y[((row + r) * params.dirs + d) * H + j] = h;
          if (final_step) {
            hn[(d * params.batch + first_row + r) * H + j] = h;
          } else {
            entering[states + (next + r) * H + j] = h;
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
