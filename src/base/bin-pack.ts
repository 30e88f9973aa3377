/**
 * Puts items into bins that hold so much at the most: each into the first bin that has room for it, in the order of the
 * items, which each bin keeps. An item that no bin could hold has one for itself. So at most one bin is half full or less.
 */
export function packFirstFit<Item>(
  items: Iterable<Item>,
  weightOf: (item: Item) => bigint,
  capacity: bigint,
): readonly (readonly Item[])[] {
  const bins: { readonly items: Item[]; weight: bigint }[] = []
  for (const item of items) {
    const weight = weightOf(item)
    const bin = bins.find((candidate) => candidate.weight + weight <= capacity)
    if (bin === undefined) bins.push({ items: [item], weight })
    else {
      bin.items.push(item)
      bin.weight += weight
    }
  }
  return bins.map((bin) => bin.items)
}
