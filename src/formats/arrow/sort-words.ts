import type { Data } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import type { NullOrder, SortDirection } from '../../layout/sort-order.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { bitAt } from './bitmap.ts'
import { byteRanks } from './byte-ranks.ts'
import { validityOf, valueBytes, valueWords } from './column-data.ts'
import { withoutValues } from '../../types/without-values.ts'

const SIGN_BIT = 0x80000000

/** How one key orders rows (spec: Sorting). */
export interface KeyOrder {
  readonly direction: SortDirection
  readonly nullOrder: NullOrder
}

/**
 * Words whose unsigned order, the first array compared first, is the order of the column's rows: minus zero before
 * zero, NaN above all, strings by code points, bytes unsigned. Nulls are equal and stand where `nullOrder` says,
 * whatever the direction.
 */
export function sortWords(type: PrimitiveType, data: Data, order: KeyOrder): Uint32Array[] {
  const words = ascendingWords(type, data)
  if (order.direction === 'desc') for (const word of words) invert(word)
  const bits = validityOf(data)
  return bits === null ? words : withNulls(words, data, bits, order.nullOrder)
}

function ascendingWords(type: PrimitiveType, data: Data): Uint32Array[] {
  switch (type.kind) {
    case 'boolean':
      return [booleanWord(data)]
    case 'int':
    case 'date':
      return [integerWord(data, 1, 0)]
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return [1, 0].map((word) => integerWord(data, 2, word))
    case 'decimal':
      return [3, 2, 1, 0].map((word) => integerWord(data, 4, word))
    case 'float':
      return [floatWord(data)]
    case 'double':
      return doubleWords(data)
    case 'string':
    case 'uuid':
    case 'fixed':
    case 'binary':
      return [byteRanks(data)]
    case 'unknown':
      // All are null, and as good in one order as in another.
      return []
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function booleanWord(data: Data): Uint32Array {
  const bits = valueBytes(data)
  return Uint32Array.from({ length: data.length }, (_, row) =>
    Number(bitAt(bits, data.offset + row)),
  )
}

/**
 * One word of integers that are `wordCount` words wide, lowest first; the highest has the sign, which comes first
 * when set.
 */
function integerWord(data: Data, wordCount: number, word: number): Uint32Array {
  const source = valueWords(data)
  const flip = word === wordCount - 1 ? SIGN_BIT : 0
  const result = new Uint32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    result[row] = (source[wordCount * row + word] ?? 0) ^ flip
  }
  return result
}

/** The bits of a float are in order once those of negative ones are inverted and the sign comes first when clear. */
function floatWord(data: Data): Uint32Array {
  const values: Float32Array = data.values
  const source = valueWords(data)
  const result = new Uint32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    const bits = source[row] ?? 0
    const value = values[row] ?? 0
    result[row] = value === value ? bits ^ (bits < 0 ? -1 : SIGN_BIT) : -1
  }
  return result
}

/** As {@link floatWord}, in two words. All NaN become the highest word, which no number has. */
function doubleWords(data: Data): Uint32Array[] {
  const values: Float64Array = data.values
  const source = valueWords(data)
  const high = new Uint32Array(data.length)
  const low = new Uint32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    const bits = source[2 * row + 1] ?? 0
    const value = values[row] ?? 0
    const isNumber = value === value
    high[row] = isNumber ? bits ^ (bits < 0 ? -1 : SIGN_BIT) : -1
    low[row] = isNumber ? (source[2 * row] ?? 0) ^ (bits < 0 ? -1 : 0) : -1
  }
  return [high, low]
}

function invert(word: Uint32Array): void {
  for (let row = 0; row < word.length; row += 1) word[row] = ~(word[row] ?? 0)
}

function withNulls(
  words: readonly Uint32Array[],
  data: Data,
  bits: Uint8Array,
  nullOrder: NullOrder,
): Uint32Array[] {
  const rank = new Uint32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    const isValid = bitAt(bits, data.offset + row)
    rank[row] = isValid === (nullOrder === 'nulls-first') ? 1 : 0
    // What lies in the buffer of a null row is of no meaning.
    if (!isValid) for (const word of words) word[row] = 0
  }
  return [rank, ...words]
}
