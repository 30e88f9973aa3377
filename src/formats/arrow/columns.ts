import type { Data } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { childFields } from '../../types/schema.ts'
import type { Type } from '../../types/type.ts'
import type { PrimitiveValue, Value } from '../../types/value.ts'
import { adaptColumn } from './adapt.ts'
import { bitAt } from './bitmap.ts'
import { listChild, offsetsOf, validityTest, valueBytes, valueWords } from './column-data.ts'
import { withoutValues } from '../../types/without-values.ts'

/**
 * Reads the rows of an Arrow column as model values, exactly; null for a null row. The column may also hold a type that
 * `type` can be read from, such as Int32 for a long: see {@link adaptColumn}.
 *
 * @throws IcebergError `corrupt` at once when the column cannot be read as `type`, or holds a value that `type` has
 *   none for; later, at the row, for a string that is not UTF-8
 */
export function columnReader(type: Type, data: Data): (row: number) => Value | null {
  return nullableReader(type, adaptColumn(type, data))
}

/**
 * Reads text that lies in `bytes` as UTF-8, `[start, end)` of it at a time.
 *
 * @throws IcebergError `corrupt` when it is not UTF-8
 */
function textReader(bytes: Uint8Array): (start: number, end: number) => string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (start, end) => {
    const text = buffer.toString('utf8', start, end)
    // What cannot be decoded becomes U+FFFD in silence; a real U+FFFD encodes back to the same bytes.
    if (text.includes('\ufffd') && !buffer.subarray(start, end).equals(Buffer.from(text))) {
      throw new IcebergError('corrupt', 'string is not UTF-8')
    }
    return text
  }
}

function nullableReader(type: Type, data: Data): (row: number) => Value | null {
  const read = valueReader(type, data)
  if (data.nullCount === 0) return read
  const isValid = validityTest(data)
  return (row) => (isValid(row) ? read(row) : null)
}

function valueReader(type: Type, data: Data): (row: number) => Value {
  switch (type.kind) {
    case 'struct':
      return structReader(type, data)
    case 'list':
      return listReader(type, data)
    case 'map':
      return mapReader(type, data)
    case 'boolean':
      return booleanReader(data)
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return numberReader(data)
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return longReader(data)
    case 'decimal':
      return decimalReader(data)
    case 'string':
      return stringReader(data)
    case 'binary':
      return binaryReader(data)
    case 'uuid':
      return fixedReader(16, data)
    case 'fixed':
      return fixedReader(type.length, data)
    case 'unknown':
      return () => {
        throw new IcebergError('corrupt', 'column of nothing but nulls holds a value')
      }
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function booleanReader(data: Data): (row: number) => PrimitiveValue {
  const bits = valueBytes(data)
  const start = data.offset
  return (row) => bitAt(bits, start + row)
}

function numberReader(data: Data): (row: number) => PrimitiveValue {
  const values: Int32Array | Float32Array | Float64Array = data.values
  return (row) => values[row] ?? 0
}

function longReader(data: Data): (row: number) => PrimitiveValue {
  const values: BigInt64Array = data.values
  return (row) => values[row] ?? 0n
}

/** Two's complement of 128 bits in four words, the lowest first. */
function decimalReader(data: Data): (row: number) => PrimitiveValue {
  const words = valueWords(data)
  const long = (at: number): bigint =>
    (BigInt(words[at + 1] ?? 0) << 32n) | BigInt((words[at] ?? 0) >>> 0)
  return (row) => {
    const at = 4 * row
    const low = long(at)
    // Most decimals fit their lower half: then the upper one repeats its sign.
    const sign = (words[at + 1] ?? 0) >> 31
    if (words[at + 2] === sign && words[at + 3] === sign) return low
    return (long(at + 2) << 64n) | BigInt.asUintN(64, low)
  }
}

function stringReader(data: Data): (row: number) => PrimitiveValue {
  const readText = textReader(valueBytes(data))
  const offsets = offsetsOf(data)
  return (row) => readText(offsets[row] ?? 0, offsets[row + 1] ?? 0)
}

function binaryReader(data: Data): (row: number) => PrimitiveValue {
  const bytes = valueBytes(data)
  const offsets = offsetsOf(data)
  return (row) => bytes.slice(offsets[row] ?? 0, offsets[row + 1] ?? 0)
}

function fixedReader(width: number, data: Data): (row: number) => PrimitiveValue {
  const bytes = valueBytes(data)
  return (row) => bytes.slice(row * width, (row + 1) * width)
}

function structReader(type: Type, data: Data): (row: number) => Value {
  const readers = childReaders(type, data)
  return (row) => readers.map((read) => read(row))
}

function listReader(type: Type, data: Data): (row: number) => Value {
  const offsets = offsetsOf(data)
  const [readElement] = childReaders(type, data)
  return (row) => rowsBetween(offsets, row).map((at) => readElement?.(at) ?? null)
}

function mapReader(type: Type, data: Data): (row: number) => Value {
  const offsets = offsetsOf(data)
  const readers = childReaders(type, listChild(data))
  return (row) => rowsBetween(offsets, row).map((at) => readers.map((read) => read(at)))
}

function childReaders(type: Type, data: Data): ((row: number) => Value | null)[] {
  return childFields(type).flatMap((field, index) => {
    const child = data.children[index]
    return child === undefined ? [] : [nullableReader(field.type, child)]
  })
}

function rowsBetween(offsets: Int32Array, row: number): number[] {
  const start = offsets[row] ?? 0
  return Array.from({ length: (offsets[row + 1] ?? 0) - start }, (_, index) => start + index)
}
