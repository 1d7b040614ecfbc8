// A product in tiles held in workgroup memory: SIDE x SIDE invocations make (SIDE ROWS) x (SIDE COLS) results, DEPTH terms at a time, so that
// each value is fetched once a workgroup. The including kernel says what the operands are: Column and column_of(col), a_at(row, k),
// b_at(column, k) and put(row, column, value), with indices inside the sizes that it hands to product_tiles; and the four constants.
// One more than the tile is high, so that a column of it does not fall on one memory bank.
var<workgroup> left_tile: array<f32, DEPTH * (SIDE * ROWS + 1u)>;
var<workgroup> right_tile: array<f32, DEPTH * SIDE * COLS>;

fn product_tiles(tile_row: u32, tile_col: u32, rows: u32, cols: u32, first: u32, last: u32, li: u32) {
  let height = SIDE * ROWS;
  let width = SIDE * COLS;
  let row0 = tile_row * height;
  let col0 = tile_col * width;
  // SIDE * SIDE is a multiple of the width: an invocation always fetches the same column.
  let mine = li % width;
  let column = column_of(min(col0 + mine, cols - 1u));
  let ty = li / SIDE;
  let tx = li % SIDE;
  var acc: array<array<f32, COLS>, ROWS>;
  for (var k0 = first; k0 < last; k0 += DEPTH) {
    for (var i = li; i < height * DEPTH; i += SIDE * SIDE) {
      let r = i / DEPTH;
      let k = k0 + i % DEPTH;
      var value = 0.0;
      if (k < last) {
        value = a_at(min(row0 + r, rows - 1u), k);
      }
      left_tile[(i % DEPTH) * (height + 1u) + r] = value;
    }
    for (var i = li; i < width * DEPTH; i += SIDE * SIDE) {
      let k = k0 + i / width;
      var value = 0.0;
      if (k < last) {
        value = b_at(column, k);
      }
      right_tile[i] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      var v: array<f32, COLS>;
      for (var c = 0u; c < COLS; c++) {
        v[c] = right_tile[k * width + c * SIDE + tx];
      }
      for (var r = 0u; r < ROWS; r++) {
        let u = left_tile[k * (height + 1u) + r * SIDE + ty];
        for (var c = 0u; c < COLS; c++) {
          acc[r][c] = fma(u, v[c], acc[r][c]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var c = 0u; c < COLS; c++) {
    let col = col0 + c * SIDE + tx;
    if (col < cols) {
      let there = column_of(col);
      for (var r = 0u; r < ROWS; r++) {
        let row = row0 + r * SIDE + ty;
        if (row < rows) {
          put(row, there, acc[r][c]);
        }
      }
    }
  }
}
