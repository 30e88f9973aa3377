/** Vectors of DuckDB into buffers that become Arrow columns: the other direction of write-vector.ts. */
import duckdb from '@duckdb/node-api'
import type { DuckDBType } from '@duckdb/node-api'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { bitAt } from '../../formats/arrow/bitmap.ts'
import { BitBuffer, ByteBuffer, OffsetBuffer } from '../../formats/arrow/growing-buffers.ts'
import { bindings } from './bindings.ts'
import type { Vector } from './bindings.ts'
import type { SentColumn } from './protocol.ts'
import { decimalWidth, uuidBytes, validityBytes } from './write-vector.ts'
import type { Rows } from './write-vector.ts'

/** One column of a batch that grows chunk by chunk. */
export interface ColumnSink {
  /** Adds rows of a vector that has `size` of them. */
  append(vector: Vector, size: number, rows: Rows): void
  /** Bytes held so far. */
  sizeBytes(): number
  /** The rows added since the last call. */
  finish(): SentColumn
}

/**
 * Where values of a type of DuckDB go, in the layout of the Iceberg type that `resultSchemaOf` gives for it.
 *
 * @throws IcebergError `invalid` from `append` for a sum of integers beyond 64 bits
 */
export function createSink(type: DuckDBType): ColumnSink {
  const ids = duckdb.DuckDBTypeId
  switch (type.typeId) {
    case ids.BOOLEAN:
      return booleanSink()
    case ids.TINYINT:
      return fixedSink(1, (bytes) => signExtended(bytes, 1, 4))
    case ids.SMALLINT:
      return fixedSink(2, (bytes) => signExtended(bytes, 2, 4))
    case ids.INTEGER:
    case ids.FLOAT:
    case ids.DATE:
      return fixedSink(4)
    case ids.BIGINT:
    case ids.DOUBLE:
    case ids.TIME:
    case ids.TIMESTAMP:
    case ids.TIMESTAMP_TZ:
      return fixedSink(8)
    case ids.HUGEINT:
      return fixedSink(16, narrowedLongs)
    case ids.UUID:
      return fixedSink(16, uuidBytes)
    case ids.DECIMAL: {
      const width = decimalWidth(type.width)
      return fixedSink(width, (bytes) => signExtended(bytes, width, 16))
    }
    case ids.VARCHAR:
    case ids.BLOB:
      return bytesSink()
    case ids.STRUCT:
      return structSink(type.entryTypes)
    case ids.LIST:
      return listSink(createSink(type.valueType))
    case ids.MAP:
      return listSink(structSink([type.keyType, type.valueType]))
    default:
      return assertNoSink()
  }
}

function assertNoSink(): never {
  assert(false, 'a type without a schema has no values')
}

function fixedSink(
  width: number,
  convert: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): ColumnSink {
  const validity = new ValiditySink()
  const values = new ByteBuffer()
  return {
    append(vector, size, rows) {
      const isValid = validity.append(vector, size, rows)
      const bytes = dataOf(vector, size * width).subarray(
        rows.start * width,
        (rows.start + rows.count) * width,
      )
      values.appendBytes(
        convert(isValid === null ? bytes : withoutNulls(bytes, width, rows, isValid)),
      )
    },
    sizeBytes: () => values.length,
    finish: () => ({ ...validity.finish(), values: values.finish() }),
  }
}

/** What stands where there is null is anything, and would not always convert. */
function withoutNulls(bytes: Uint8Array, width: number, rows: Rows, isValid: RowTest): Uint8Array {
  const result = bytes.slice()
  for (let row = 0; row < rows.count; row += 1) {
    if (!isValid(rows.start + row)) result.fill(0, row * width, (row + 1) * width)
  }
  return result
}

function booleanSink(): ColumnSink {
  const validity = new ValiditySink()
  const values = new BitBuffer()
  return {
    append(vector, size, rows) {
      const isValid = validity.append(vector, size, rows)
      const bytes = dataOf(vector, size)
      for (let row = rows.start; row < rows.start + rows.count; row += 1) {
        values.append(bytes[row] === 1 && isValid?.(row) !== false)
      }
    },
    sizeBytes: () => values.length >> 3,
    finish: () => ({ ...validity.finish(), values: values.finish() }),
  }
}

const ENTRY_BYTES = 16
const INLINE_BYTES = 12

function bytesSink(): ColumnSink {
  const validity = new ValiditySink()
  const values = new ByteBuffer()
  const offsets = new OffsetBuffer()
  return {
    append(vector, size, rows) {
      const isValid = validity.append(vector, size, rows)
      const entries = dataOf(vector, size * ENTRY_BYTES)
      const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength)
      for (let row = rows.start; row < rows.start + rows.count; row += 1) {
        if (isValid?.(row) !== false) values.appendBytes(bytesAt(entries, view, row * ENTRY_BYTES))
        offsets.append(values.length)
      }
    },
    sizeBytes: () => values.length,
    finish: () => ({ ...validity.finish(), values: values.finish(), offsets: offsets.finish() }),
  }
}

function bytesAt(entries: Uint8Array, view: DataView, at: number): Uint8Array {
  const length = view.getUint32(at, true)
  if (length <= INLINE_BYTES) return entries.subarray(at + 4, at + 4 + length)
  // Memory of DuckDB is never shared memory of ours.
  const buffer = entries.buffer as ArrayBuffer
  return bindings.get_data_from_pointer(buffer, entries.byteOffset + at + 8, length)
}

function structSink(types: readonly DuckDBType[]): ColumnSink {
  const validity = new ValiditySink()
  const sinks = types.map((type) => createSink(type))
  return {
    append(vector, size, rows) {
      validity.append(vector, size, rows)
      for (const [index, sink] of sinks.entries()) {
        sink.append(bindings.struct_vector_get_child(vector, index), size, rows)
      }
    },
    sizeBytes: () => sinks.reduce((sum, sink) => sum + sink.sizeBytes(), 0),
    finish: () => ({ ...validity.finish(), children: sinks.map((sink) => sink.finish()) }),
  }
}

function listSink(items: ColumnSink): ColumnSink {
  const validity = new ValiditySink()
  const offsets = new OffsetBuffer()
  let itemCount = 0
  return {
    append(vector, size, rows) {
      const isValid = validity.append(vector, size, rows)
      const entries = new Uint32Array(dataOf(vector, size * ENTRY_BYTES).slice().buffer)
      const child = bindings.list_vector_get_child(vector)
      const childSize = bindings.list_vector_get_size(vector)
      for (let row = rows.start; row < rows.start + rows.count; row += 1) {
        const start = entries[row * 4] ?? 0
        const count = isValid?.(row) === false ? 0 : (entries[row * 4 + 2] ?? 0)
        if (count > 0) items.append(child, childSize, { start, count })
        itemCount += count
        offsets.append(itemCount)
      }
    },
    sizeBytes: () => items.sizeBytes(),
    finish() {
      itemCount = 0
      return { ...validity.finish(), offsets: offsets.finish(), children: [items.finish()] }
    },
  }
}

type RowTest = (row: number) => boolean

class ValiditySink {
  readonly #bits = new BitBuffer()

  /** Whether a row is valid; null when all are. */
  append(vector: Vector, size: number, rows: Rows): RowTest | null {
    const bits = validityOf(vector, size)
    const end = rows.start + rows.count
    for (let row = rows.start; row < end; row += 1)
      this.#bits.append(bits === null || bitAt(bits, row))
    return bits === null ? null : (row) => bitAt(bits, row)
  }

  finish(): { readonly length: number; readonly validity: Uint8Array | null } {
    return { length: this.#bits.length, validity: this.#bits.finishValidity() }
  }
}

/** null, whatever the binding's types say, when every row is valid. */
function validityOf(vector: Vector, size: number): Uint8Array | null {
  const bits: Uint8Array | null = bindings.vector_get_validity(vector, validityBytes(size))
  return bits
}

/** DuckDB's own memory: to be copied before anything else is done. */
function dataOf(vector: Vector, byteCount: number): Uint8Array {
  return bindings.vector_get_data(vector, byteCount)
}

function signExtended(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return bytes
  const count = bytes.length / from
  const result = new Uint8Array(count * to)
  for (let row = 0; row < count; row += 1) {
    const isNegative = (bytes[(row + 1) * from - 1] ?? 0) >= 0x80
    if (isNegative) result.fill(0xff, row * to + from, (row + 1) * to)
    result.set(bytes.subarray(row * from, (row + 1) * from), row * to)
  }
  return result
}

/** Integers of 128 bits that are the sign of one of 64. */
function narrowedLongs(bytes: Uint8Array): Uint8Array {
  const words = new BigInt64Array(bytes.slice().buffer)
  const longs = new BigInt64Array(words.length / 2)
  for (let row = 0; row < longs.length; row += 1) {
    const low = words[row * 2] ?? 0n
    if (words[row * 2 + 1] !== low >> 63n) {
      throw new IcebergError('invalid', 'sum of integers exceeds 64 bits')
    }
    longs[row] = low
  }
  return new Uint8Array(longs.buffer)
}
