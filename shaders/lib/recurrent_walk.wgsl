// What the recurrent kernels share: which time step comes when, and the barrier after the state has changed.
fn walk_step(s: u32, reverse: bool) -> u32 {
  return select(s, params.steps - 1u - s, reverse);
}

/* The state lives in workgroup memory where it fits (LOCAL = 1), in storage otherwise. */
fn state_barrier() {
  if (LOCAL == 1u) {
    workgroupBarrier();
  } else {
    storageBarrier();
  }
}
