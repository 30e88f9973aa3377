// A place on the z-curve for each row: rows that are near each other in several columns are near on the curve, so that files
// which are cut from it have narrow bounds in all of them.
//  1. the value of each column becomes 64 bits whose unsigned order is that of the values, as Iceberg for Spark has them:
//     integers with their sign flipped, floating-point numbers by their bits, of texts and bytes the first eight. Nulls are 0;
//  2. the bits of the columns take turns, the highest first.
import type { Data } from 'apache-arrow'

import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { bitAt } from '../formats/arrow/bitmap.ts'
import {
  layoutOf,
  makeColumn,
  offsetsOf,
  validityTest,
  valueBytes,
  valueWords,
} from '../formats/arrow/column-data.ts'
import { arrowTypeOf } from '../formats/arrow/schema.ts'
import { findColumn, formatPath } from '../layout/find-column.ts'
import { leafPositions } from '../formats/arrow/leaf.ts'
import type { Schema } from '../types/schema.ts'
import { formatType, isPrimitive } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import { withoutValues } from '../types/without-values.ts'

/** A column that takes part in the curve. */
export interface ZorderColumn {
  readonly path: readonly string[]
  readonly type: PrimitiveType
  /** As `leafColumn` takes them. */
  readonly positions: readonly number[]
}

/** Bytes that each column gives. */
const COLUMN_BYTES = 8

const SIGN_BIT = 0x80000000

/**
 * The columns of a schema by their paths.
 *
 * @throws IcebergError `invalid` for no column, one named twice, one that is unknown, nested, or in a list or map
 */
export function zorderColumns(
  schema: Schema,
  paths: readonly (readonly string[])[],
): readonly ZorderColumn[] {
  const ids = new Set<number>()
  const columns = paths.map((path): ZorderColumn => {
    const { field } = findColumn(schema, path)
    if (!isPrimitive(field.type) || ids.has(field.id)) {
      const message = 'a z-order is of columns of one value, each named once'
      const context = { column: formatPath(path), type: formatType(field.type) }
      throw new IcebergError('invalid', message, { context })
    }
    ids.add(field.id)
    return { path, type: field.type, positions: leafPositions(schema.fields, field.id) }
  })
  if (columns.length > 0) return columns
  throw new IcebergError('invalid', 'a z-order needs a column')
}

/** The type of the places of a curve through so many columns. */
export function zorderType(columnCount: number): PrimitiveType {
  return { kind: 'fixed', length: COLUMN_BYTES * columnCount }
}

/** The places of rows, as a column of {@link zorderType}. */
export function zorderKeys(
  columns: readonly { readonly type: PrimitiveType; readonly data: Data }[],
  rows: number,
): Data {
  const words = columns.map(({ type, data }) => orderedWords(type, data))
  const values = interleave(words, rows)
  return makeColumn(arrowTypeOf(zorderType(columns.length)), rows, { validity: null, values })
}

/** 64 bits a row, as two words. */
export interface OrderedWords {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** Bits whose unsigned order is that of the values, as far as 64 of them tell. */
export function orderedWords(type: PrimitiveType, data: Data): OrderedWords {
  const words = newWords(data.length)
  fill(words, type, data)
  const isValid = validityTest(data)
  for (let row = 0; row < data.length; row += 1) {
    if (!isValid(row)) words.high[row] = words.low[row] = 0
  }
  return words
}

function newWords(rows: number): OrderedWords {
  return { high: new Uint32Array(rows), low: new Uint32Array(rows) }
}

function fill(words: OrderedWords, type: PrimitiveType, data: Data): void {
  switch (type.kind) {
    case 'boolean':
      return fillBits(words, data)
    case 'int':
    case 'date':
      return fillIntegers(words, valueWords(data))
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return fillLongs(words, valueWords(data), { stride: 2, shift: 0 })
    case 'decimal':
      return fillLongs(words, valueWords(data), { stride: 4, shift: droppedBits(type.precision) })
    case 'float':
    case 'double':
      return fillFloats(words, data)
    case 'string':
    case 'binary':
      return fillPrefixes(words, valueBytes(data), offsetsOf(data))
    case 'uuid':
    case 'fixed':
      return fillPrefixes(words, valueBytes(data), evenOffsets(data))
    case 'unknown':
      return
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function fillBits({ high }: OrderedWords, data: Data): void {
  const bits = valueBytes(data)
  for (let row = 0; row < data.length; row += 1) {
    if (bitAt(bits, data.offset + row)) high[row] = SIGN_BIT
  }
}

/** As if they were longs: a column that is widened keeps its place beside others. */
function fillIntegers({ high, low }: OrderedWords, values: Int32Array): void {
  for (let row = 0; row < high.length; row += 1) {
    const value = values[row] ?? 0
    high[row] = (value >> 31) ^ SIGN_BIT
    low[row] = value
  }
}

/** The 64 bits from `shift` on of integers that are `stride` words wide, lowest first. */
function fillLongs(
  { high, low }: OrderedWords,
  values: Int32Array,
  { stride, shift }: { readonly stride: number; readonly shift: number },
): void {
  const [skipped, cut] = [shift >>> 5, shift & 31]
  for (let row = 0; row < high.length; row += 1) {
    const start = row * stride
    const wordAt = (index: number): number => {
      const place = start + skipped + index
      const word = values[place] ?? 0
      if (cut === 0) return word
      const above = skipped + index + 1 < stride ? (values[place + 1] ?? 0) : word >> 31
      return (word >>> cut) | (above << (32 - cut))
    }
    high[row] = wordAt(1) ^ SIGN_BIT
    low[row] = wordAt(0)
  }
}

/** Bits of an unscaled value of so many digits, and its sign, beyond the 64 highest. */
function droppedBits(precision: number): number {
  const bits = (10n ** BigInt(precision) - 1n).toString(2).length + 1
  return Math.max(0, bits - 64)
}

const QUIET_NAN = 0x7ff80000

/** Minus zero before zero, all NaN alike and above all others. */
function fillFloats({ high, low }: OrderedWords, data: Data): void {
  const source: Float32Array | Float64Array = data.values
  const doubles = Float64Array.from(source.subarray(0, data.length))
  const words = new Int32Array(doubles.buffer)
  for (let row = 0; row < data.length; row += 1) {
    const isNaN = Number.isNaN(doubles[row])
    const upper = isNaN ? QUIET_NAN : (words[2 * row + 1] ?? 0)
    const lower = isNaN ? 0 : (words[2 * row] ?? 0)
    const flip = upper < 0 ? -1 : 0
    high[row] = upper ^ (flip | SIGN_BIT)
    low[row] = lower ^ flip
  }
}

function fillPrefixes({ high, low }: OrderedWords, bytes: Uint8Array, offsets: Int32Array): void {
  for (let row = 0; row < high.length; row += 1) {
    const start = offsets[row] ?? 0
    const end = offsets[row + 1] ?? 0
    high[row] = wordOf(bytes, start, end)
    low[row] = wordOf(bytes, start + 4, end)
  }
}

/** Four bytes, the first the highest; those that are not there are 0. */
function wordOf(bytes: Uint8Array, start: number, end: number): number {
  let word = 0
  for (let index = 0; index < 4; index += 1) {
    const place = start + index
    word = (word << 8) | (place < end ? (bytes[place] ?? 0) : 0)
  }
  return word
}

function evenOffsets(data: Data): Int32Array {
  const layout = layoutOf(data.type)
  const width = layout.kind === 'fixed' ? layout.width : 0
  return Int32Array.from({ length: data.length + 1 }, (_, row) => row * width)
}

/** The bits of all columns, which take turns: the highest of each, the next of each, and so on. */
export function interleave(columns: readonly OrderedWords[], rows: number): Uint8Array {
  const count = columns.length
  const keys = new Uint8Array(rows * count * COLUMN_BYTES)
  const spread = columns.map((_, index) => spreadBytes(index, count))
  for (const [index, { high, low }] of columns.entries()) {
    const table = spread[index] ?? keys
    for (let row = 0; row < rows; row += 1) {
      for (let place = 0; place < COLUMN_BYTES; place += 1) {
        const word = (place < 4 ? high[row] : low[row]) ?? 0
        const byte = (word >>> (24 - 8 * (place & 3))) & 0xff
        const start = (row * COLUMN_BYTES + place) * count
        for (let part = 0; part < count; part += 1) {
          keys[start + part] = (keys[start + part] ?? 0) | (table[byte * count + part] ?? 0)
        }
      }
    }
  }
  return keys
}

/** For each byte where its bits go among those of `count` bytes, of which it is the one at `index`. */
function spreadBytes(index: number, count: number): Uint8Array {
  const table = new Uint8Array(256 * count)
  for (let byte = 0; byte < 256; byte += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      if ((byte & (0x80 >> bit)) === 0) continue
      const place = bit * count + index
      const at = byte * count + (place >> 3)
      table[at] = (table[at] ?? 0) | (0x80 >> (place & 7))
    }
  }
  return table
}
