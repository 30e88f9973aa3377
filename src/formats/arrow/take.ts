import type { Data, RecordBatch } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { gatherBits } from './bitmap.ts'
import {
  checkedOffsets,
  columnsOf,
  layoutOf,
  listChild,
  makeBatch,
  makeColumn,
  offsetsOf,
  validityOf,
  valueBytes,
  valueWords,
} from './column-data.ts'
import type { ValueBuffers } from './column-data.ts'
import { concatColumns } from './concat-columns.ts'

/**
 * The rows of a batch at `indices`, in that order; a row may come more than once. Consecutive rows that are half of the
 * batch or more are a view of it. All others are copied, so that a few rows that are kept do not keep a whole batch.
 *
 * @throws IcebergError `limit` when the strings or lists that are taken no longer fit one batch
 */
export function takeRows(batch: RecordBatch, indices: Uint32Array | Int32Array): RecordBatch {
  const rows = asUnsigned(indices)
  const first = rows[0]
  if (first === undefined) return sliceBatch(batch, 0, 0)
  assert(areBelow(rows, batch.numRows), 'rows taken lie inside the batch')
  if (2 * rows.length >= batch.numRows && isConsecutive(rows)) {
    return sliceBatch(batch, first, first + rows.length)
  }
  const columns = columnsOf(batch).map((column) => takeColumn(column, rows))
  return makeBatch(batch.schema, columns, rows.length)
}

/** Rows `[start, end)` of a batch, as a view of it. */
export function sliceBatch(batch: RecordBatch, start: number, end: number): RecordBatch {
  assert(0 <= start && start <= end && end <= batch.numRows, 'slice lies inside the batch')
  if (start === 0 && end === batch.numRows) return batch
  const columns = columnsOf(batch).map((column) => column.slice(start, end - start))
  return makeBatch(batch.schema, columns, end - start)
}

/**
 * All rows of one or more batches of the same schema, in order. One batch is given back as it is.
 *
 * @throws IcebergError `limit` when the strings or lists together no longer fit one batch
 */
export function concatBatches(batches: readonly RecordBatch[]): RecordBatch {
  const [first] = batches
  assert(first !== undefined, 'at least one batch')
  if (batches.length === 1) return first
  const length = batches.reduce((sum, batch) => sum + batch.numRows, 0)
  const columns = columnsOf(first).map((_, index) =>
    concatColumns(batches.flatMap((batch) => columnsOf(batch)[index] ?? [])),
  )
  return makeBatch(first.schema, columns, length)
}

/** The rows of one column at `rows`, all of which it must have. See {@link takeRows}. */
export function takeColumn(column: Data, rows: Uint32Array): Data {
  const bits = validityOf(column)
  const validity = bits === null ? null : gatherBits(bits, column.offset, rows)
  return makeColumn(column.type, rows.length, { validity, ...takeBuffers(column, rows) })
}

function takeBuffers(column: Data, rows: Uint32Array): ValueBuffers {
  const layout = layoutOf(column.type)
  switch (layout.kind) {
    case 'bits':
      return { values: gatherBits(valueBytes(column), column.offset, rows) }
    case 'fixed':
      return { values: takeFixed(column, layout.width, rows) }
    case 'bytes':
      return takeBytes(valueBytes(column), offsetsOf(column), rows)
    case 'list':
      return takeLists(column, rows)
    case 'struct':
      return { children: column.children.map((child) => takeColumn(child, rows)) }
    case 'nothing':
      return {}
    default:
      return unreachable(layout)
  }
}

function takeFixed(column: Data, width: number, rows: Uint32Array): Uint8Array {
  const target = new Uint8Array(rows.length * width)
  const { buffer, byteOffset, byteLength } = valueBytes(column)
  if (width === 8 && byteOffset % 8 === 0) {
    const source = new BigInt64Array(buffer, byteOffset, byteLength >> 3)
    takeLongs(source, new BigInt64Array(target.buffer), rows)
  } else if (width % 4 === 0) {
    takeElements(valueWords(column), new Int32Array(target.buffer), width / 4, rows)
  } else {
    takeElements(valueBytes(column), target, width, rows)
  }
  return target
}

/** Compiled, this makes no bigint; 333,000 rows at random took 1.4 ms, and 2.3 ms in words of 32 bits. A float would not keep each NaN. */
function takeLongs(source: BigInt64Array, target: BigInt64Array, rows: Uint32Array): void {
  for (let index = 0; index < rows.length; index += 1)
    target[index] = source[rows[index] ?? 0] ?? 0n
}

/** Copies `lanes` array elements a row. One lane has a loop of its own. */
function takeElements<Elements extends Int32Array | Uint8Array>(
  source: Elements,
  target: Elements,
  lanes: number,
  rows: Uint32Array,
): void {
  const count = rows.length
  if (lanes === 1) {
    for (let index = 0; index < count; index += 1) target[index] = source[rows[index] ?? 0] ?? 0
  } else {
    for (let index = 0; index < count; index += 1) {
      const from = lanes * (rows[index] ?? 0)
      const to = lanes * index
      for (let lane = 0; lane < lanes; lane += 1) target[to + lane] = source[from + lane] ?? 0
    }
  }
}

/** Shorter values are copied in a loop: a call of `set` costs as much as about this many bytes. */
const LONG_VALUE_BYTES = 64

const WORD_BYTES = 4

function takeBytes(source: Uint8Array, offsets: Int32Array, rows: Uint32Array): ValueBuffers {
  const { starts, ends } = takenRanges(offsets, rows)
  const total = ends[rows.length] ?? 0
  const values = new Uint8Array(total + WORD_BYTES)
  const read = new DataView(source.buffer, source.byteOffset, source.byteLength)
  const write = new DataView(values.buffer)
  for (let index = 0; index < rows.length; index += 1) {
    const from = starts[index] ?? 0
    const to = ends[index] ?? 0
    const size = (ends[index + 1] ?? 0) - to
    if (size > LONG_VALUE_BYTES || from + size + WORD_BYTES > source.length) {
      values.set(source.subarray(from, from + size), to)
    } else {
      copyWords(read, from, write, to, size)
    }
  }
  return { offsets: ends, values: values.subarray(0, total) }
}

/**
 * Copies at least so many bytes, and less than a word more, which the next value goes over. Only a `DataView` has words that
 * begin anywhere. It takes a quarter of the time that single bytes take.
 */
function copyWords(read: DataView, from: number, write: DataView, to: number, size: number): void {
  for (let at = 0; at < size; at += WORD_BYTES) write.setInt32(to + at, read.getInt32(from + at))
}

function takeLists(column: Data, rows: Uint32Array): ValueBuffers {
  const { starts, ends } = takenRanges(offsetsOf(column), rows)
  const childRows = new Uint32Array(ends[rows.length] ?? 0)
  for (let index = 0; index < rows.length; index += 1) {
    const to = ends[index] ?? 0
    const shift = (starts[index] ?? 0) - to
    for (let at = to; at < (ends[index + 1] ?? 0); at += 1) childRows[at] = at + shift
  }
  return { offsets: ends, children: [takeColumn(listChild(column), childRows)] }
}

/**
 * Where the values of the rows start, and the offsets they will have. The starts are kept because looking up rows at
 * random is what taking costs most.
 */
function takenRanges(
  offsets: Int32Array,
  rows: Uint32Array,
): { readonly starts: Int32Array; readonly ends: Int32Array } {
  const starts = new Int32Array(rows.length)
  const ends = new Int32Array(rows.length + 1)
  let total = 0
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0
    const start = offsets[row] ?? 0
    total += (offsets[row + 1] ?? 0) - start
    starts[index] = start
    ends[index + 1] = total
  }
  return { starts, ends: checkedOffsets(ends, total) }
}

function asUnsigned(indices: Uint32Array | Int32Array): Uint32Array {
  if (indices instanceof Uint32Array) return indices
  return new Uint32Array(indices.buffer, indices.byteOffset, indices.length)
}

// Loops, because `every` calls a function a row: it took as long as copying a column.

function areBelow(rows: Uint32Array, limit: number): boolean {
  let highest = 0
  for (let index = 0; index < rows.length; index += 1) highest = Math.max(highest, rows[index] ?? 0)
  return highest < limit
}

function isConsecutive(rows: Uint32Array): boolean {
  const first = rows[0] ?? 0
  for (let index = 1; index < rows.length; index += 1) {
    if (rows[index] !== first + index) return false
  }
  return true
}
