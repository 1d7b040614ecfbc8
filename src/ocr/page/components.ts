/** Ink pixels that touch, by their bounding box; `x1` and `y1` are exclusive. */
export interface Component {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** Ink pixels. */
  area: number;
}

/**
 * Connected components (8 neighbours) of `[height, width]` ink by runs: rows become runs of ink, and runs that touch those of the
 * row above join them.
 */
export function components(mask: Uint8Array, width: number, height: number): Component[] {
  const found: Component[] = [];
  const parent: number[] = [];
  const root = (i: number): number => {
    let r = i;
    while (parent[r] !== r) {
      parent[r] = parent[parent[r]];
      r = parent[r];
    }
    return r;
  };
  /** Start, end and component of each run of a row. */
  let above: number[] = [];
  for (let y = 0; y < height; y++) {
    const row: number[] = [];
    const base = y * width;
    let k = 0;
    for (let x = 0; x < width; ) {
      if (mask[base + x] === 0) {
        x++;
        continue;
      }
      const start = x;
      while (x < width && mask[base + x] === 1) x++;
      let id = -1;
      while (k < above.length && above[k + 1] < start) k += 3;
      for (let j = k; j < above.length && above[j] <= x; j += 3) {
        const other = root(above[j + 2]);
        if (id < 0) id = other;
        else if (other !== id) {
          const [keep, gone] = other < id ? [other, id] : [id, other];
          parent[gone] = keep;
          join(found[keep], found[gone]);
          id = keep;
        }
      }
      if (id < 0) {
        id = found.length;
        parent.push(id);
        found.push({ x0: start, y0: y, x1: x, y1: y + 1, area: x - start });
      } else {
        const c = found[id];
        if (start < c.x0) c.x0 = start;
        if (x > c.x1) c.x1 = x;
        c.y1 = y + 1;
        c.area += x - start;
      }
      row.push(start, x, id);
    }
    above = row;
  }
  return found.filter((_, i) => parent[i] === i);
}

function join(a: Component, b: Component): void {
  a.x0 = Math.min(a.x0, b.x0);
  a.y0 = Math.min(a.y0, b.y0);
  a.x1 = Math.max(a.x1, b.x1);
  a.y1 = Math.max(a.y1, b.y1);
  a.area += b.area;
}
