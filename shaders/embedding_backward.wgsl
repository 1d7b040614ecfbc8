// embedding_backward: gradient of the table; every row gathers what read it, so no float atomics are needed.
// maths: dw[r, d] = sum of dy[i, d] over the i with ids[i] = r
// shapes: ids [n], dy [n, width], dw [rows, width]
// invocation: one workgroup a row; each lane looks for the row in 32 ids and keeps the hits as bits, then lanes own columns
// numerics: fixed order (blocks of 32 * WG ids, in a block by lane, then by bit), one accumulator an element
// source: none needed
// uses: lib/grid
const WG = 64u;
struct Params { n: u32, rows: u32, width: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> hits: array<u32, WG>;
var<workgroup> lanesHit: array<atomic<u32>, 2>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let row = linear_group(wid, nwg);
  for (var first = 0u; first < params.n; first += 32u * WG) {
    var mask = 0u;
    let end = min(32u, (params.n - first + WG - 1u) / WG);
    for (var bit = 0u; bit < end; bit++) {
      let i = first + bit * WG + li;
      if (i < params.n && ids[i] == i32(row)) {
        mask |= 1u << bit;
      }
    }
    workgroupBarrier();
    if (li < 2u) {
      atomicStore(&lanesHit[li], 0u);
    }
    workgroupBarrier();
    hits[li] = mask;
    if (mask != 0u) {
      atomicOr(&lanesHit[li >> 5u], 1u << (li & 31u)); // commutes: the order of lanes leaves no trace
    }
    workgroupBarrier();
    let low = atomicLoad(&lanesHit[0]);
    let high = atomicLoad(&lanesHit[1]);
    // The element of dw belongs to this invocation alone, from block to block.
    for (var d = li; d < params.width && row < params.rows; d += WG) {
      var s = 0.0;
      if (first > 0u) {
        s = dw[row * params.width + d];
      }
      for (var word = 0u; word < 2u; word++) {
        var lanes = select(low, high, word == 1u);
        while (lanes != 0u) {
          let lane = word * 32u + countTrailingZeros(lanes);
          var rest = hits[lane];
          while (rest != 0u) {
            s += dy[(first + countTrailingZeros(rest) * WG + lane) * params.width + d];
            rest &= rest - 1u;
          }
          lanes &= lanes - 1u;
        }
      }
      dw[row * params.width + d] = s;
    }
  }
}
