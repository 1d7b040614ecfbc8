/** A binary heap: the item with the largest key first. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly key: (item: T) => number) {}

  push(item: T): void {
    const { items, key } = this;
    const own = key(item);
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (key(items[above]) >= own) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const { items, key } = this;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    const own = key(last);
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && key(items[child + 1]) > key(items[child])) child++;
      if (key(items[child]) <= own) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return top;
  }
}
