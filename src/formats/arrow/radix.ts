/** Below this many rows a comparison sort is faster than filling histograms of 65,536 bins. */
const MIN_RADIX_ROWS = 1024
const DIGIT_BITS = 16
const DIGIT_MASK = 0xffff

/**
 * The stable order of rows `[0, count)` by their words: the first array is compared first, all as unsigned numbers.
 *
 * A radix sort from the least significant digit: it beats a comparator five to seven times on a million rows. Rows
 * that are in order already, as those of a log are, are recognized in one pass.
 */
export function sortByWords(words: readonly Uint32Array[], count: number): Uint32Array {
  const order = firstRows(count)
  if (isInOrder(words, count)) return order
  if (count < MIN_RADIX_ROWS) return order.sort((left, right) => compareWords(words, left, right))
  return radixSort(words, order)
}

/** `0, 1, 2, ...`, in a loop: `Uint32Array.from` with a function took as long as the sort of a short word. */
export function firstRows(count: number): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(count)
  for (let row = 0; row < count; row += 1) rows[row] = row
  return rows
}

/** The order of two rows by their words. */
export function compareWords(words: readonly Uint32Array[], left: number, right: number): number {
  for (const word of words) {
    const difference = (word[left] ?? 0) - (word[right] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function isInOrder(words: readonly Uint32Array[], count: number): boolean {
  for (let row = 1; row < count; row += 1) {
    if (compareWords(words, row - 1, row) > 0) return false
  }
  return true
}

function radixSort(words: readonly Uint32Array[], rows: Uint32Array<ArrayBuffer>): Uint32Array {
  let order = rows
  let spare = new Uint32Array(rows.length)
  for (const word of words.toReversed()) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      const starts = bucketStarts(word, shift)
      if (starts === null) continue
      scatter(word, shift, starts, order, spare)
      ;[order, spare] = [spare, order]
    }
  }
  return order
}

/** Where the rows of each digit begin; null when all rows have the same digit, so that nothing is to be done. */
function bucketStarts(word: Uint32Array, shift: number): Uint32Array | null {
  const starts = new Uint32Array(DIGIT_MASK + 1)
  for (let row = 0; row < word.length; row += 1) {
    const digit = ((word[row] ?? 0) >>> shift) & DIGIT_MASK
    starts[digit] = (starts[digit] ?? 0) + 1
  }
  if (starts[((word[0] ?? 0) >>> shift) & DIGIT_MASK] === word.length) return null
  let start = 0
  for (let digit = 0; digit <= DIGIT_MASK; digit += 1) {
    const size = starts[digit] ?? 0
    starts[digit] = start
    start += size
  }
  return starts
}

function scatter(
  word: Uint32Array,
  shift: number,
  starts: Uint32Array,
  from: Uint32Array,
  to: Uint32Array,
): void {
  for (let index = 0; index < from.length; index += 1) {
    const row = from[index] ?? 0
    const digit = ((word[row] ?? 0) >>> shift) & DIGIT_MASK
    const at = starts[digit] ?? 0
    starts[digit] = at + 1
    to[at] = row
  }
}
