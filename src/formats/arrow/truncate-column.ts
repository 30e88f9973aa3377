/** Truncations of whole columns (spec: Truncate Transform Details), on the bytes and words where they lie. */
import type { Data } from 'apache-arrow'
import { floorMultiple, lowestInteger, tooLow } from '../../layout/truncate.ts'
import type { Underflow } from '../../layout/truncate.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { ByteRows } from './byte-rows.ts'
import { makeColumn, rebasedValidity, validityTest, valueWords } from './column-data.ts'
import { arrowTypeOf } from './schema.ts'

/**
 * The truncation of each row of a column whose type is truncated, in the same layout. Agrees with `truncateFunction` on
 * every value.
 *
 * @throws IcebergError `invalid` for a number that is truncated to less than its type holds, if those are refused
 */
export function truncateColumn(
  width: number,
  source: PrimitiveType,
  { data, underflow }: { readonly data: Data; readonly underflow: Underflow },
): Data {
  if (source.kind === 'string') return cutRows(source, data, codePointCutter(width))
  if (source.kind === 'binary') return cutRows(source, data, byteCutter(width))
  const values = truncateWords(width, source, { data, underflow })
  return makeColumn(arrowTypeOf(source), data.length, {
    validity: rebasedValidity(data),
    values: new Uint8Array(values.buffer),
  })
}

/** Where the kept part ends of the bytes `[start, end)`. */
type Cutter = (bytes: Uint8Array, start: number, end: number) => number

function byteCutter(width: number): Cutter {
  return (_, start, end) => Math.min(end, start + width)
}

/** A code point begins with every byte that does not continue one. */
function codePointCutter(width: number): Cutter {
  return (bytes, start, end) => {
    if (end - start <= width) return end
    let left = width
    for (let at = start; at < end; at += 1) {
      if (((bytes[at] ?? 0) & 0xc0) === 0x80) continue
      if (left === 0) return at
      left -= 1
    }
    return end
  }
}

function cutRows(source: PrimitiveType, data: Data, cut: Cutter): Data {
  const rows = new ByteRows(data)
  const offsets = new Int32Array(data.length + 1)
  let size = 0
  for (let row = 0; row < data.length; row += 1) {
    size += cut(rows.bytes, rows.start(row), rows.end(row)) - rows.start(row)
    offsets[row + 1] = size
  }
  return makeColumn(arrowTypeOf(source), data.length, {
    validity: rebasedValidity(data),
    offsets,
    values: copyCuts(rows, offsets),
  })
}

/** Most cuts are a few bytes, for which a loop is faster than a copy of ranges. */
function copyCuts(rows: ByteRows, offsets: Int32Array): Uint8Array {
  const length = offsets.length - 1
  const values = new Uint8Array(offsets[length] ?? 0)
  for (let row = 0; row < length; row += 1) {
    const end = offsets[row + 1] ?? 0
    let from = rows.start(row)
    for (let at = offsets[row] ?? 0; at < end; at += 1) {
      values[at] = rows.bytes[from] ?? 0
      from += 1
    }
  }
  return values
}

/**
 * Integers of one, two or four words, the lowest word first. A value underflows exactly if it lies below the lowest
 * multiple that its type holds.
 */
function truncateWords(
  width: number,
  source: PrimitiveType,
  { data, underflow }: { readonly data: Data; readonly underflow: Underflow },
): Int32Array {
  const size = WORD_COUNTS[source.kind] ?? 1
  const words = valueWords(data)
  const lowest = lowestInteger(source)
  const lowestWords = wordsOf(lowest, size)
  const lowestMultiple = wordsOf(-floorMultiple(-lowest, width), size)
  const isValid = validityTest(data)
  const result = new Int32Array(data.length * size)
  const truncateAt = wordsTruncation(words, { size, width, result })
  for (let row = 0; row < data.length; row += 1) {
    const at = row * size
    if (!isBelow(words, at, lowestMultiple)) {
      truncateAt(at)
    } else if (underflow === 'keep-order') {
      result.set(lowestWords, at)
    } else if (isValid(row)) {
      throw tooLow()
    }
  }
  return result
}

const WORD_COUNTS: Partial<Record<PrimitiveType['kind'], number>> = { int: 1, long: 2, decimal: 4 }

function wordsOf(value: bigint, size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, index) =>
    Number(BigInt.asIntN(32, value >> BigInt(32 * index))),
  )
}

/** Compares the highest words with their signs, the others without. */
function isBelow(words: Int32Array, at: number, limit: Int32Array): boolean {
  const top = limit.length - 1
  const high = words[at + top] ?? 0
  const highLimit = limit[top] ?? 0
  if (high !== highLimit) return high < highLimit
  for (let index = top - 1; index >= 0; index -= 1) {
    const word = (words[at + index] ?? 0) >>> 0
    const wordLimit = (limit[index] ?? 0) >>> 0
    if (word !== wordLimit) return word < wordLimit
  }
  return false
}

/**
 * Takes from a value what its division by the width leaves, and puts the difference in the same place of `result`.
 *
 * The division is by digits of 16 bits: a remainder below 2^31 with one more digit is below 2^47. Its quotient, when not
 * whole, lies `1 / width` or more below the next whole number, and rounding moves it by less.
 */
function wordsTruncation(
  words: Int32Array,
  {
    size,
    width,
    result,
  }: { readonly size: number; readonly width: number; readonly result: Int32Array },
): (at: number) => void {
  const remainder = (dividend: number): number => dividend - Math.floor(dividend / width) * width
  return (at) => {
    const top = at + size - 1
    let rest = remainder(words[top] ?? 0)
    for (let index = top - 1; index >= at; index -= 1) {
      const word = words[index] ?? 0
      rest = remainder(rest * 0x10000 + (word >>> 16))
      rest = remainder(rest * 0x10000 + (word & 0xffff))
    }
    for (let index = at; index <= top; index += 1) {
      const difference = ((words[index] ?? 0) >>> 0) - rest
      // Storing keeps the low 32 bits; from then on what is left to take is what was borrowed.
      result[index] = difference
      rest = difference < 0 ? 1 : 0
    }
  }
}
