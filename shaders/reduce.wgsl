// reduce: sum or maximum over any set of dimensions, or one slice of it (partial results that a second pass reduces again).
// maths: y[s, o] = scale * sum (KIND 0) or max (KIND 1) of x over slice s of the reduced elements of output o
// shapes: outputs o over k0, k1, k2 (innermost first), reduced elements over columns r0 and rows r1 * r2, all through strides
// invocation: a workgroup owns WG / lanes outputs; `lanes` invocations share one: lanesX along the columns, the others along the rows
// numerics: four accumulators a lane, one more a row, then a tree: fixed order, error grows with the logarithm of most of the count; the maximum of what holds a NaN is NaN
// source: Harris, Optimizing parallel reduction; pairwise summation, Higham 1993
// uses: lib/grid
// uses: lib/quotient
// uses: lib/nan
override WG: u32 = 64;
override KIND: u32 = 0;
override OUTPUT_FIRST: u32 = 0; // 1: neighbouring invocations own neighbouring outputs, 0: they share an output
struct Params {
  outputs: u32, groups: u32, slices: u32, sliceCols: u32, rowsPer: u32, colsPer: u32,
  lanes: u32, laneShift: u32, lanesX: u32, lanesXShift: u32,
  k0: u32, k1: u32, ks0: u32, ks1: u32, ks2: u32,
  r0: u32, r1: u32, rows: u32, rs0: u32, rs1: u32, rs2: u32,
  scale: f32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;
var<workgroup> part: array<f32, WG>;

fn combine(a: f32, b: f32) -> f32 {
  if (KIND == 0u) {
    return a + b;
  }
  // max drops NaN.
  return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn combine4(a: vec4f, b: vec4f) -> vec4f {
  if (KIND == 0u) {
    return a + b;
  }
  return vec4f(combine(a.x, b.x), combine(a.y, b.y), combine(a.z, b.z), combine(a.w, b.w));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) li: u32) {
  let g = linear_group(wid, nwg);
  let slice = g / params.groups;
  let perGroup = WG >> params.laneShift;
  var lane = li & (params.lanes - 1u);
  var local = li >> params.laneShift;
  var laneStep = 1u;
  if (OUTPUT_FIRST == 1u) {
    local = li & (perGroup - 1u);
    lane = li / perGroup;
    laneStep = perGroup;
  }
  let o = (g - slice * params.groups) * perGroup + local;
  let inside = o < params.outputs && slice < params.slices;
  var total = 0.0;
  if (inside) {
    let o1 = quotient(o, params.k0);
    let o2 = quotient(o1, params.k1);
    let base = (o - o1 * params.k0) * params.ks0 + (o1 - o2 * params.k1) * params.ks1 + o2 * params.ks2;
    let sliceRow = slice / params.sliceCols;
    let row0 = sliceRow * params.rowsPer;
    let rowEnd = min(row0 + params.rowsPer, params.rows);
    let col0 = (slice - sliceRow * params.sliceCols) * params.colsPer;
    let colEnd = min(col0 + params.colsPer, params.r0);
    let step = params.lanesX;
    let stride = step * params.rs0;
    var start = 0.0;
    if (KIND == 1u) {
      start = x[base]; // any reduced element: it may be counted twice, and no finite value stands for -infinity
    }
    total = start;
    for (var row = row0 + (lane >> params.lanesXShift); row < rowEnd; row += params.lanes >> params.lanesXShift) {
      var row2 = 0u;
      if (params.r1 < params.rows) {
        row2 = quotient(row, params.r1);
      }
      let at = base + (row - row2 * params.r1) * params.rs1 + row2 * params.rs2;
      var s = vec4f(start);
      var c = col0 + (lane & (params.lanesX - 1u));
      var p = at + c * params.rs0;
      for (; c + 3u * step < colEnd; c += 4u * step) {
        s = combine4(s, vec4f(x[p], x[p + stride], x[p + 2u * stride], x[p + 3u * stride]));
        p += 4u * stride;
      }
      for (; c < colEnd; c += step) {
        s.x = combine(s.x, x[p]);
        p += stride;
      }
      total = combine(total, combine(combine(s.x, s.y), combine(s.z, s.w)));
    }
  }
  if (params.lanes > 1u) {
    part[li] = total;
    workgroupBarrier();
    for (var half = params.lanes >> 1u; half > 0u; half >>= 1u) {
      if (lane < half) {
        part[li] = combine(part[li], part[li + half * laneStep]);
      }
      workgroupBarrier();
    }
    total = part[li];
  }
  if (inside && lane == 0u) {
    y[slice * params.outputs + o] = total * params.scale;
  }
}
