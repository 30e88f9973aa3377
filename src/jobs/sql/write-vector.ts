/**
 * Arrow columns into vectors of DuckDB, buffer by buffer. The layouts are the same but for these: booleans are bytes,
 * decimals are as narrow as their precision, a UUID is an integer with its sign turned, and a text is 16 bytes that hold it
 * when it has 12 or fewer.
 */
import { isUtf8 } from 'node:buffer'
import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { bitAt, copyBits } from '../../formats/arrow/bitmap.ts'
import { listChild, offsetsOf, validityOf, valueBytes } from '../../formats/arrow/column-data.ts'
import type { Type } from '../../types/type.ts'
import { bindings } from './bindings.ts'
import type { Vector } from './bindings.ts'
import { withoutValues } from '../../types/without-values.ts'

/** Rows `[start, start + count)` of a column. */
export interface Rows {
  readonly start: number
  readonly count: number
}

/**
 * Fills a vector with rows of a column that is laid out as `arrowTypeOf` says.
 *
 * @throws IcebergError `corrupt` for text that is not UTF-8
 */
export function writeVector(vector: Vector, type: Type, data: Data, rows: Rows): void {
  writeRows(vector, type, data, rows, null)
}

/** What is inside of a null struct must be null by itself: DuckDB looks no further than the field. */
function writeRows(
  vector: Vector,
  type: Type,
  data: Data,
  rows: Rows,
  within: Uint8Array | null,
): void {
  const validity = writeValidity(vector, data, rows, within)
  switch (type.kind) {
    case 'boolean':
      return copyToVector(vector, bytesOfBits(data, rows))
    case 'int':
    case 'float':
    case 'date':
      return copyRows(vector, data, rows, 4)
    case 'long':
    case 'double':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return copyRows(vector, data, rows, 8)
    case 'decimal':
      return copyToVector(vector, narrowed(rowsOf(data, rows, 16), decimalWidth(type.precision)))
    case 'uuid':
      return copyToVector(vector, uuidIntegers(rowsOf(data, rows, 16)))
    case 'fixed':
      return writeBytes(vector, fixedRows(data, rows, type.length), rows.count, validity)
    case 'binary':
      return writeBytes(vector, variableRows(data, rows), rows.count, validity)
    case 'string':
      checkText(data, rows)
      return writeBytes(vector, variableRows(data, rows), rows.count, validity)
    case 'struct':
      return type.fields.forEach((field, index) => {
        writeRows(
          bindings.struct_vector_get_child(vector, index),
          field.type,
          childOf(data, index),
          rows,
          validity,
        )
      })
    case 'list':
      return writeList(vector, data, rows, validity, (child, items) => {
        writeVector(child, type.element, listChild(data), items)
      })
    case 'map':
      return writeList(vector, data, rows, validity, (child, items) => {
        const pairs = listChild(data)
        writeVector(bindings.struct_vector_get_child(child, 0), type.key, childOf(pairs, 0), items)
        writeVector(
          bindings.struct_vector_get_child(child, 1),
          type.value,
          childOf(pairs, 1),
          items,
        )
      })
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** Bytes that DuckDB's validity of so many rows takes: whole words of 64 bits. */
export function validityBytes(count: number): number {
  return Math.ceil(count / 64) * 8
}

/** The bits that were written, one a row from bit 0 on; null when every row is valid. */
function writeValidity(
  vector: Vector,
  data: Data,
  { start, count }: Rows,
  within: Uint8Array | null,
): Uint8Array | null {
  const own = validityOf(data)
  if (own === null && within === null) return null
  const bits = new Uint8Array(validityBytes(count))
  if (own === null) bits.set(within ?? bits)
  else copyBits(own, data.offset + start, count, bits, 0)
  if (own !== null && within !== null) {
    for (let index = 0; index < bits.length; index += 1) {
      bits[index] = (bits[index] ?? 0) & (within[index] ?? 0)
    }
  }
  bindings.vector_ensure_validity_writable(vector)
  bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.length)
  return bits
}

function copyRows(vector: Vector, data: Data, rows: Rows, width: number): void {
  copyToVector(vector, rowsOf(data, rows, width))
}

function copyToVector(vector: Vector, bytes: Uint8Array): void {
  // The binding takes no views on shared memory; what comes from another thread is a copy.
  const buffer = bytes.buffer as ArrayBuffer
  bindings.copy_data_to_vector(vector, 0, buffer, bytes.byteOffset, bytes.byteLength)
}

function rowsOf(data: Data, { start, count }: Rows, width: number): Uint8Array {
  return valueBytes(data).subarray(start * width, (start + count) * width)
}

function bytesOfBits(data: Data, { start, count }: Rows): Uint8Array {
  const bits = valueBytes(data)
  return Uint8Array.from({ length: count }, (_, row) =>
    Number(bitAt(bits, data.offset + start + row)),
  )
}

/** Bytes of DuckDB's integer for a decimal. */
export function decimalWidth(precision: number): number {
  if (precision <= 4) return 2
  if (precision <= 9) return 4
  return precision <= 18 ? 8 : 16
}

const DECIMAL_BYTES = 16

/** The low bytes of each value, which come first. */
function narrowed(values: Uint8Array, width: number): Uint8Array {
  if (width === DECIMAL_BYTES) return values
  const count = values.length / DECIMAL_BYTES
  const result = new Uint8Array(count * width)
  for (let row = 0; row < count; row += 1) {
    const from = row * DECIMAL_BYTES
    for (let byte = 0; byte < width; byte += 1)
      result[row * width + byte] = values[from + byte] ?? 0
  }
  return result
}

const UUID_BYTES = 16

/** DuckDB's integers of 128 bits, least byte first and top bit turned, from UUIDs in the order in which they are written. */
function uuidIntegers(uuids: Uint8Array): Uint8Array {
  const integers = reversedEach(uuids, UUID_BYTES)
  for (let last = UUID_BYTES - 1; last < integers.length; last += UUID_BYTES) {
    integers[last] = (integers[last] ?? 0) ^ 0x80
  }
  return integers
}

/** UUIDs in the order in which they are written, from DuckDB's integers. */
export function uuidBytes(integers: Uint8Array): Uint8Array {
  const uuids = reversedEach(integers, UUID_BYTES)
  for (let first = 0; first < uuids.length; first += UUID_BYTES) {
    uuids[first] = (uuids[first] ?? 0) ^ 0x80
  }
  return uuids
}

function reversedEach(bytes: Uint8Array, width: number): Uint8Array {
  const result = bytes.slice()
  for (let start = 0; start < result.length; start += width) {
    result.subarray(start, start + width).reverse()
  }
  return result
}

/** Bytes of a row. */
type BytesAt = (row: number) => Uint8Array

function fixedRows(data: Data, rows: Rows, length: number): BytesAt {
  const values = rowsOf(data, rows, length)
  return (row) => values.subarray(row * length, (row + 1) * length)
}

function variableRows(data: Data, { start }: Rows): BytesAt {
  const values = valueBytes(data)
  const offsets = offsetsOf(data)
  return (row) => values.subarray(offsets[start + row] ?? 0, offsets[start + row + 1] ?? 0)
}

const ENTRY_BYTES = 16
const INLINE_BYTES = 12

/** Short ones go over in one piece, long ones in a call each. */
function writeBytes(
  vector: Vector,
  bytesAt: BytesAt,
  count: number,
  validity: Uint8Array | null,
): void {
  const entries = new Uint8Array(count * ENTRY_BYTES)
  const long: number[] = []
  for (let row = 0; row < count; row += 1) {
    if (validity !== null && !bitAt(validity, row)) continue
    const bytes = bytesAt(row)
    if (bytes.length > INLINE_BYTES) {
      long.push(row)
    } else {
      entries[row * ENTRY_BYTES] = bytes.length
      entries.set(bytes, row * ENTRY_BYTES + 4)
    }
  }
  copyToVector(vector, entries)
  for (const row of long) bindings.vector_assign_string_element_len(vector, row, bytesAt(row))
}

/** DuckDB takes text on trust. All of it together is UTF-8, and none begins inside of a character, so each is. */
function checkText(data: Data, { start, count }: Rows): void {
  const values = valueBytes(data)
  const offsets = offsetsOf(data)
  const end = offsets[start + count] ?? 0
  let isText = isUtf8(values.subarray(offsets[start] ?? 0, end))
  for (let row = start; isText && row < start + count; row += 1) {
    const at = offsets[row] ?? 0
    isText = at === end || ((values[at] ?? 0) & 0xc0) !== 0x80
  }
  if (!isText) throw new IcebergError('corrupt', 'text is not UTF-8')
}

/** Where the items of each row lie among those of all rows: start and length, 64 bits each. */
function writeList(
  vector: Vector,
  data: Data,
  { start, count }: Rows,
  validity: Uint8Array | null,
  writeItems: (child: Vector, items: Rows) => void,
): void {
  const offsets = offsetsOf(data)
  const first = offsets[start] ?? 0
  const total = (offsets[start + count] ?? first) - first
  const entries = new Int32Array(count * 4)
  for (let row = 0; row < count; row += 1) {
    if (validity !== null && !bitAt(validity, row)) continue
    const from = offsets[start + row] ?? 0
    entries[row * 4] = from - first
    entries[row * 4 + 2] = (offsets[start + row + 1] ?? from) - from
  }
  copyToVector(vector, new Uint8Array(entries.buffer))
  bindings.list_vector_reserve(vector, total)
  bindings.list_vector_set_size(vector, total)
  if (total > 0) writeItems(bindings.list_vector_get_child(vector), { start: first, count: total })
}

function childOf(data: Data, index: number): Data {
  const child = data.children[index]
  assert(child !== undefined, 'a struct has a child for each field')
  return child
}
