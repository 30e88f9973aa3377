import type { Data, RecordBatch } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import { ColumnBuffer } from './column-buffer.ts'
import { columnsOf, makeBatch } from './column-data.ts'

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
  return copyRows(batch, rows)
}

/** As {@link takeRows}, a copy in any case. */
export function copyRows(batch: RecordBatch, rows: Uint32Array): RecordBatch {
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

/**
 * The rows of one or more columns of the same type, in order. One column is given back as it is.
 *
 * @throws IcebergError `limit` when the strings or lists together no longer fit one column
 */
export function concatColumns(columns: readonly Data[]): Data {
  const [first] = columns
  assert(first !== undefined, 'at least one column')
  if (columns.length === 1) return first
  const joined = new ColumnBuffer(first.type)
  joined.addAll(columns)
  return joined.column()
}

/** The rows of one column at `rows`, all of which it must have. See {@link takeRows}. */
export function takeColumn(column: Data, rows: Uint32Array): Data {
  const taken = new ColumnBuffer(column.type)
  taken.add(column, rows)
  return taken.column()
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
