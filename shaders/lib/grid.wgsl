// Linear indices over grids of any size: the host folds more than 65,535 workgroups into two dimensions.
fn linear_group(wid: vec3u, nwg: vec3u) -> u32 {
  return wid.x + wid.y * nwg.x;
}
