// What every matrix product is told: sizes, strides in elements, and up to three batch dimensions with theirs.
struct Params {
  m: u32, n: u32, k: u32,
  aRow: u32, aCol: u32, wRow: u32, wCol: u32,
  batches: u32, batch1: u32, batch2: u32,
  aB0: u32, aB1: u32, aB2: u32, wB0: u32, wB1: u32, wB2: u32,
}
