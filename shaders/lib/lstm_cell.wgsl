// One unit j of row r (of a walk's tile) at one time step, from the products of its gates with the entering state.
fn lstm_cell(sums: vec4f, r: u32, j: u32, d: u32, first_row: u32, row: u32, next: u32, final_step: bool) {
  let H = params.hidden;
  let cells = params.cellBase + d * params.stateStride;
  let at = d * params.gateStride + (row + r) * 4u * H + j;
  let i = gate_sigmoid(gates[at] + sums.x);
  let f = gate_sigmoid(gates[at + H] + sums.y);
  let g = gate_tanh(gates[at + 2u * H] + sums.z);
  let o = gate_sigmoid(gates[at + 3u * H] + sums.w);
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
    entering[d * params.stateStride + (next + r) * H + j] = h;
    gates[cells + (next + r) * H + j] = c;
  }
}
